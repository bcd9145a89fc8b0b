import { GetUsageResponseSchema, SpendingPeriod, type KeySpending } from '#proto/muster/v1/tester_key_pb.js';
import { budgetColumns, dollars, useColumns } from '../gateway/columns.ts';
import { printJson } from '../output/json.ts';
import { printTable, type Column } from '../output/table.ts';
import { sayWhen } from '../output/time.ts';
import { enumWord } from '../output/words.ts';
import type { Session } from '../session/session.ts';
import type { TeamOptions } from './keys.ts';

const columns: readonly Column<KeySpending>[] = [
  { heading: 'PROVIDER', cell: ({ provider }) => provider },
  { heading: 'SPENT', cell: ({ spentMicros }) => dollars(spentMicros), right: true },
  { heading: 'IN THIS PERIOD', cell: ({ spentInPeriodMicros }) => dollars(spentInPeriodMicros), right: true },
  { heading: 'OF', cell: ({ limitMicros }) => (limitMicros > 0n ? dollars(limitMicros) : 'no cap'), right: true },
  { heading: 'PERIOD', cell: ({ limitPeriod }) => enumWord(SpendingPeriod, limitPeriod) },
  { heading: 'AS OF', cell: ({ asOf }) => sayWhen(asOf) },
];

/** Prints what the assistants of a team have used: with minted keys, and through the gateway. */
export async function showSpending(session: Session, { team = '' }: TeamOptions): Promise<void> {
  const answer = await session.testerKeys.getUsage({ teamId: team });
  if (session.json) return printJson(session.stdout, GetUsageResponseSchema, answer);
  const { spending, budget, uses } = answer;
  printTable(session.stdout, spending, columns, 'Nothing was spent with minted keys.');
  session.stdout.write('\n');
  printTable(session.stdout, uses, useColumns(new Map()), 'Nothing was used through the model gateway.');
  if (!budget) return;
  session.stdout.write('\n');
  printTable(session.stdout, [budget], budgetColumns, '');
}
