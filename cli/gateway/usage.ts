import { GetGatewayUsageResponseSchema } from '#proto/muster/v1/gateway_pb.js';
import { printJson } from '../output/json.ts';
import { printTable } from '../output/table.ts';
import type { Session } from '../session/session.ts';
import { budgetColumns, useColumns } from './columns.ts';
import { teamOf, type ScopeOptions } from './team.ts';

/** Options of `muster gateway usage`. */
export interface UsageOptions extends ScopeOptions {
  readonly days?: number;
}

/** Prints what was used by day, user and model, and how everybody stands with their caps. */
export async function showUsage(session: Session, options: UsageOptions): Promise<void> {
  const teamId = await teamOf(session, options);
  const answer = await session.gateway.getGatewayUsage({ teamId, days: options.days ?? 0 });
  if (session.json) return printJson(session.stdout, GetGatewayUsageResponseSchema, answer);
  const names = new Map(answer.budgets.map(({ userId, userName }) => [userId, userName]));
  printTable(session.stdout, answer.uses, useColumns(names), 'Nothing was used in these days.');
  if (answer.budgets.length === 0) return;
  session.stdout.write('\n');
  printTable(session.stdout, answer.budgets, budgetColumns, '');
}
