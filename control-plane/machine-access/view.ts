import type { MessageInitShape } from '@bufbuild/protobuf';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import {
  HostAccessState as WireState,
  type HostAccessSchema,
  type MachineAccessSchema,
  type SupportKeySchema,
  type TesterSshSchema,
} from '#proto/muster/v1/machine_access_pb.js';
import type { Context } from '../context.ts';
import { notFound } from '../errors.ts';
import { countStates, listMachines, type MachineRow } from './overview-store.ts';
import { listPeople, readList } from './people-store.ts';
import { listSupportKeys, type SupportKeyRow } from './support-key-store.ts';
import type { HostAccessState, TesterSshRow } from './tester-ssh-store.ts';

const states = {
  applied: WireState.APPLIED,
  pending: WireState.PENDING,
  unreachable: WireState.UNREACHABLE,
  failed: WireState.FAILED,
  not_offered: WireState.NOT_OFFERED,
} satisfies Record<HostAccessState, WireState>;

/** Why a machine is not further, where its own words do not say it. */
const reasons = {
  applied: '',
  pending: 'It was not told yet, or has not answered; that is repeated until it does.',
  unreachable: 'It cannot be reached. What was in force stays until it is back; keys with an end still end.',
  failed: '',
  not_offered: 'Its agent’s config names no account under "access": name one, and keys are put in for it.',
} satisfies Record<HostAccessState, string>;
const ahead = 'It has applied something newer than this database knows. Settle the drift on the Hosts page first.';

const mostBehind = 100;
const timestamp = (at: Date | null) => (at ? timestampFromDate(at) : undefined);

/** How far the machines are. */
export async function viewMachines({
  sql,
}: Pick<Context, 'sql'>): Promise<MessageInitShape<typeof MachineAccessSchema>> {
  const [counts, behind] = await Promise.all([countStates(sql), listMachines(sql, { limit: mostBehind })]);
  return {
    applied: counts.applied,
    offered: counts.applied + counts.pending + counts.unreachable + counts.failed,
    notOffered: counts.not_offered,
    behind: behind.map(machineToProto),
  };
}

/** Access to one machine, with its people and support keys. */
export async function viewHost(
  { sql }: Pick<Context, 'sql'>,
  hostId: string,
): Promise<MessageInitShape<typeof HostAccessSchema>> {
  const [[machine], people, list, supportKeys] = await Promise.all([
    listMachines(sql, { hostId }),
    listPeople(sql, hostId),
    readList(sql, hostId),
    listSupportKeys(sql, { hostId }),
  ]);
  if (!machine) throw notFound('host');
  return {
    ...machineToProto(machine),
    people: [...people],
    version: BigInt(list?.version ?? 0),
    ...(list && list.version > 0 && { updatedAt: timestampFromDate(list.updatedAt), updatedBy: list.updatedBy }),
    supportKeys: supportKeys.map(supportKeyToProto),
  };
}

const machineToProto = (machine: MachineRow) =>
  ({
    hostId: machine.hostId,
    hostName: machine.hostName,
    state: states[machine.state],
    problem: machine.problem || (machine.isAhead ? ahead : reasons[machine.state]),
    wantedRevision: BigInt(machine.wantedRevision),
    appliedRevision: BigInt(machine.appliedRevision),
    appliedAt: timestamp(machine.appliedAt),
    accounts: machine.accounts.map(({ repairedAt, ...account }) => ({
      ...account,
      ...(repairedAt !== null && { repairedAt: timestampFromDate(new Date(repairedAt)) }),
    })),
  }) satisfies MessageInitShape<typeof HostAccessSchema>;

export const supportKeyToProto = (key: SupportKeyRow): MessageInitShape<typeof SupportKeySchema> => ({
  ...key,
  hostIds: [...key.hostIds],
  expiresAt: timestamp(key.expiresAt),
  createdAt: timestamp(key.createdAt),
});

export const testerToProto = (tester: TesterSshRow): MessageInitShape<typeof TesterSshSchema> => ({
  userId: tester.userId,
  name: tester.name,
  email: tester.email,
  enabled: tester.enabled,
  problem: problemOf(tester),
  publicKey: tester.publicKey,
  fingerprint: tester.fingerprint,
  expiresAt: timestamp(tester.expiresAt),
  machines: tester.machines.map(({ state, accounts, ...machine }) => ({
    ...machine,
    accounts: [...accounts],
    state: states[state],
  })),
  version: BigInt(tester.version),
  updatedAt: timestamp(tester.updatedAt),
  updatedBy: tester.updatedBy,
});

function problemOf({ enabled, active, expired, machines }: TesterSshRow): string {
  if (!enabled) return '';
  if (!active) return 'This account may not sign in, so its key is on no machine.';
  if (expired) return 'The time of the key is over: give it a later end, or another key.';
  if (machines.length === 0) return 'They are on no machine’s access list: add them on the page of a host.';
  return machines.every(({ accounts }) => accounts.length === 0)
    ? 'None of these machines offers an account for testers: their agents’ configs name none.'
    : '';
}
