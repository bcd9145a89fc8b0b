import { create } from '@bufbuild/protobuf';
import {
  GetTesterResponseSchema,
  ListTestersResponseSchema,
  TesterState,
  type Tester,
} from '#proto/muster/v1/tester_pb.js';
import { printJson } from '../output/json.ts';
import { printFacts, printTable, type Column } from '../output/table.ts';
import { sayWhen } from '../output/time.ts';
import type { Session, SessionOptions } from '../session/session.ts';
import { testerOf, testersLike } from './find.ts';
import { printSteps, sayProblem, stateWord } from './words.ts';

/** States as options name them. */
export const listedStates = {
  provisioning: TesterState.PROVISIONING,
  ready: TesterState.READY,
  failed: TesterState.FAILED,
  removing: TesterState.REMOVING,
  'removal-failed': TesterState.REMOVAL_FAILED,
} as const;

/** Options of `muster testers list`. */
export interface ListOptions extends SessionOptions {
  readonly state?: keyof typeof listedStates;
  readonly search?: string;
}

const columns: readonly Column<Tester>[] = [
  { heading: 'NAME', cell: ({ name }) => name },
  { heading: 'EMAIL', cell: ({ email }) => email },
  { heading: 'STATE', cell: ({ state }) => stateWord(state) },
  { heading: 'PLACE', cell: ({ hostName, sandboxId }) => hostName || sandboxId },
  { heading: 'LAST SEEN', cell: ({ lastSeenAt }) => sayWhen(lastSeenAt) },
  { heading: 'PROBLEM', cell: sayProblem },
];

/** Prints testers. */
export async function listTesters(session: Session, { state, search = '' }: ListOptions): Promise<void> {
  const testers = await testersLike(session, search, state && listedStates[state]);
  if (session.json)
    return printJson(session.stdout, ListTestersResponseSchema, create(ListTestersResponseSchema, { testers }));
  printTable(session.stdout, testers, columns, 'There are no such testers. Bring some in: muster testers add --help.');
}

/** Prints a tester with all steps. */
export async function showTester(session: Session, named: string): Promise<void> {
  const tester = await testerOf(session, named);
  if (session.json)
    return printJson(session.stdout, GetTesterResponseSchema, create(GetTesterResponseSchema, { tester }));
  printFacts(session.stdout, [
    ['Name', tester.name],
    ['Email', tester.email],
    ['Id', tester.id],
    ['State', stateWord(tester.state)],
    ['Account', tester.userId && `${tester.userId}${tester.accountMade ? '' : ' (was there before)'}`],
    ['Team', tester.teamName],
    ['Sandbox', tester.sandboxId],
    ['Template', tester.template],
    ['Machine', tester.hostName],
    ['Added', `${sayWhen(tester.addedAt)} by ${tester.addedBy}`],
    ['Last seen', sayWhen(tester.lastSeenAt)],
  ]);
  session.stdout.write('\n');
  printSteps(session.stdout, tester);
}
