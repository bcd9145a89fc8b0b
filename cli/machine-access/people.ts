import { create } from '@bufbuild/protobuf';
import type { Timestamp } from '@bufbuild/protobuf/wkt';
import {
  GetTesterSshResponseSchema,
  ListTesterSshResponseSchema,
  SetHostAccessResponseSchema,
  SetTesterSshResponseSchema,
  type TesterSsh,
} from '#proto/muster/v1/machine_access_pb.js';
import { hostIdOf } from '../hosts/find.ts';
import { printJson } from '../output/json.ts';
import { allPages } from '../output/pages.ts';
import { printFacts, printTable, type Column } from '../output/table.ts';
import { sayWhen } from '../output/time.ts';
import type { Session, SessionOptions } from '../session/session.ts';
import { requireConfirm, type ConfirmOptions } from './confirm.ts';
import { findUser } from './find.ts';
import { readKey } from './key-file.ts';

const machinesOf = ({ machines }: TesterSsh) =>
  machines.map(({ hostName, installed }) => (installed ? hostName : `${hostName} (not on it)`)).join(', ');

const columns: readonly Column<TesterSsh>[] = [
  { heading: 'PERSON', cell: ({ name }) => name },
  { heading: 'EMAIL', cell: ({ email }) => email },
  { heading: 'SSH', cell: ({ enabled }) => (enabled ? 'on' : 'off') },
  { heading: 'UNTIL', cell: ({ expiresAt }) => sayWhen(expiresAt) },
  { heading: 'MACHINES', cell: machinesOf },
];

/** Prints who is on an access list or has a key. */
export async function listPeople(session: Session): Promise<void> {
  const testers = await allPages(async (pageToken) => {
    const answer = await session.machineAccess.listTesterSsh({ pageSize: 1000, pageToken });
    return { items: answer.testers, nextPageToken: answer.nextPageToken };
  });
  if (session.json)
    return printJson(session.stdout, ListTesterSshResponseSchema, create(ListTesterSshResponseSchema, { testers }));
  printTable(session.stdout, testers, columns, 'Nobody is on an access list. See muster machine-access allow --help.');
}

/** Prints SSH of one person, or one's own. */
export async function showPerson(session: Session, address: string | undefined): Promise<void> {
  const userId = address === undefined ? '' : (await findUser(session, address)).id;
  const answer = await session.machineAccess.getTesterSsh({ userId });
  if (session.json || !answer.tester) return printJson(session.stdout, GetTesterSshResponseSchema, answer);
  const { tester } = answer;
  printFacts(session.stdout, [
    ['Person', `${tester.name} <${tester.email}>`],
    ['SSH', tester.enabled ? 'on' : 'off'],
    ['Problem', tester.problem],
    ['Key', tester.fingerprint],
    ['Until', sayWhen(tester.expiresAt)],
    ['Machines', machinesOf(tester)],
    ['Changed', tester.updatedAt ? `${sayWhen(tester.updatedAt)} by ${tester.updatedBy}` : ''],
  ]);
}

/** Puts people on a machine's access list. */
export async function allow(session: Session, host: string, addresses: readonly string[]): Promise<void> {
  await changeList(session, host, addresses, (before, named) => [...new Set([...before, ...named])]);
}

/** Takes people off a machine's access list. */
export async function deny(
  session: Session,
  host: string,
  addresses: readonly string[],
  options: ConfirmOptions,
): Promise<void> {
  requireConfirm(options, `${addresses.join(', ')} may no longer use ${host}`);
  await changeList(session, host, addresses, (before, named) => before.filter((id) => !named.includes(id)));
}

async function changeList(
  session: Session,
  host: string,
  addresses: readonly string[],
  change: (before: readonly string[], named: readonly string[]) => string[],
): Promise<void> {
  const hostId = await hostIdOf(session, host);
  const named = await Promise.all(addresses.map(async (address) => (await findUser(session, address)).id));
  const { access } = await session.machineAccess.getHostAccess({ hostId });
  const userIds = change(access?.people.map(({ userId }) => userId) ?? [], named);
  const answer = await session.machineAccess.setHostAccess({ hostId, userIds, version: access?.version ?? 0n });
  if (session.json || !answer.access) return printJson(session.stdout, SetHostAccessResponseSchema, answer);
  const names = answer.access.people.map(({ name, ssh }) => (ssh ? name : `${name} (SSH is off)`));
  session.stdout.write(`${answer.access.hostName} may be used by ${names.join(', ') || 'nobody'}.\n`);
}

/** Options of `muster machine-access ssh-on`. */
export interface SshOnOptions extends SessionOptions {
  readonly key?: string;
  readonly until?: Timestamp;
}

/** Turns SSH on for a person. */
export async function turnOn(session: Session, address: string, { key, until }: SshOnOptions): Promise<void> {
  const { id: userId } = await findUser(session, address);
  const publicKey = key === undefined ? undefined : await readKey(key, session.stdin);
  const { tester } = await session.machineAccess.getTesterSsh({ userId });
  const answer = await session.machineAccess.setTesterSsh({
    userId,
    enabled: true,
    publicKey,
    // A key that is over is not made good by turning SSH on again.
    expiresAt: until ?? tester?.expiresAt,
    version: tester?.version ?? 0n,
  });
  if (session.json || !answer.tester) return printJson(session.stdout, SetTesterSshResponseSchema, answer);
  const { name, problem, machines } = answer.tester;
  session.stdout.write(
    `SSH is on for ${name}. ${problem || `Their key comes onto ${machines.map(({ hostName }) => hostName).join(', ')}.`}\n`,
  );
}

/** Turns SSH off for a person; their key is kept for the next time. */
export async function turnOff(session: Session, address: string, options: ConfirmOptions): Promise<void> {
  const { id: userId, name } = await findUser(session, address);
  requireConfirm(options, `the key of ${name} is taken off all machines`);
  const { tester } = await session.machineAccess.getTesterSsh({ userId });
  const answer = await session.machineAccess.setTesterSsh({ userId, enabled: false, version: tester?.version ?? 0n });
  if (session.json || !answer.tester) return printJson(session.stdout, SetTesterSshResponseSchema, answer);
  session.stdout.write(`SSH is off for ${answer.tester.name}; their key is taken off the machines.\n`);
}
