import {
  GetHostAccessResponseSchema,
  GetMachineAccessResponseSchema,
  HostAccessState,
  type HostAccess,
  type HostPerson,
} from '#proto/muster/v1/machine_access_pb.js';
import { hostIdOf } from '../hosts/find.ts';
import { printJson } from '../output/json.ts';
import { printFacts, printTable, type Column } from '../output/table.ts';
import { sayWhen } from '../output/time.ts';
import { enumWord, sayCount } from '../output/words.ts';
import type { Session } from '../session/session.ts';

const stateWord = ({ state }: HostAccess) => enumWord(HostAccessState, state);

const behindColumns: readonly Column<HostAccess>[] = [
  { heading: 'HOST', cell: ({ hostName }) => hostName },
  { heading: 'STATE', cell: stateWord },
  { heading: 'WHY', cell: ({ problem }) => problem },
];

/** Prints how many machines have applied what is wanted, and which have not. */
export async function showStatus(session: Session): Promise<void> {
  const answer = await session.machineAccess.getMachineAccess({});
  if (session.json || !answer.access) return printJson(session.stdout, GetMachineAccessResponseSchema, answer);
  const { applied, offered, notOffered, behind } = answer.access;
  session.stdout.write(
    `Applied on ${applied} of ${sayCount(offered, 'host')}; ${sayCount(notOffered, 'host')} without an account for it.\n`,
  );
  if (behind.length > 0) printTable(session.stdout, behind, behindColumns, '');
}

const peopleColumns: readonly Column<HostPerson>[] = [
  { heading: 'PERSON', cell: ({ name }) => name },
  { heading: 'EMAIL', cell: ({ email }) => email },
  { heading: 'SSH', cell: ({ ssh }) => (ssh ? 'on' : 'off') },
  { heading: 'KEY ON IT', cell: ({ installed }) => (installed ? 'yes' : 'no') },
];

/** Prints who may use a machine, and how far it is. */
export async function showHost(session: Session, nameOrId: string): Promise<void> {
  const answer = await session.machineAccess.getHostAccess({ hostId: await hostIdOf(session, nameOrId) });
  if (session.json || !answer.access) return printJson(session.stdout, GetHostAccessResponseSchema, answer);
  const { access } = answer;
  printFacts(session.stdout, [
    ['Host', access.hostName],
    ['State', `${stateWord(access)}${access.problem ? `: ${access.problem}` : ''}`],
    ['Revision', `${access.appliedRevision} of ${access.wantedRevision}`],
    ['Applied', sayWhen(access.appliedAt)],
    ['Accounts', access.accounts.map(({ name }) => name).join(', ')],
    ['Support keys', access.supportKeys.map(({ name }) => name).join(', ')],
  ]);
  session.stdout.write('\n');
  printTable(session.stdout, access.people, peopleColumns, 'Nobody is on its access list.');
}
