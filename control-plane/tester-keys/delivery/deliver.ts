import { Code, ConnectError } from '@connectrpc/connect';
import PQueue from 'p-queue';
import type { Context } from '../../context.ts';
import { Refusal } from '../../errors.ts';
import { HostNotConnected, type HostCalls } from '../../hosts/index.ts';
import type { GivenKeys, KeysOfTeams } from '../../sandboxes/index.ts';
import type { TeamKeys } from '../keyring.ts';
import { readTeamKeys } from '../read.ts';
import { hasKeyring } from '../store.ts';
import { openParts, partsOf } from '../variables.ts';
import { findRecipients, type Recipient } from './due.ts';
import { forgetEnded, nextRevision, recordDelivery, recordGoing, recordProblem } from './store.ts';

const callTimeoutMs = 15_000;
/** Sandboxes that are given keys at a time. */
const atOnce = 8;

/** What sandboxes ask for when they begin. */
export const keysOfTeams: KeysOfTeams = {
  async keysOf(context, teamId) {
    if (!(await hasKeyring(context.sql, teamId))) return undefined;
    const revision = await nextRevision(context.sql);
    const [keys] = await readTeamKeys(context, [teamId]);
    return keys && open(context, keys, revision);
  },
  async keysGoing({ sql }, { id, attempt }) {
    await recordGoing(sql, id, attempt);
  },
  async keysGiven({ sql }, { id, attempt }, { stamp }) {
    await recordDelivery(sql, id, attempt, stamp);
  },
};

/**
 * Brings every sandbox of teams that have keys to have the present ones. Idempotent; what cannot be reached now is tried
 * with the next run. The number is taken before the keys are read, so that of two runs the one that read later counts.
 */
export async function deliverKeys(
  context: Context,
  calls: HostCalls,
): Promise<{ readonly sandboxes: number; readonly delivered: number; readonly waiting: number }> {
  const { sql } = context;
  const revision = await nextRevision(sql);
  const all = await findRecipients(context, await readTeamKeys(context));
  const due = all.filter(({ hasThem, sandbox }) => !hasThem && sandbox.observed !== 'missing');
  const opened = new Map<string, Promise<GivenKeys>>();
  const keysFor = ({ keys }: Recipient) => {
    const known = opened.get(keys.teamId) ?? open(context, keys, revision);
    opened.set(keys.teamId, known);
    return known;
  };
  const queue = new PQueue({ concurrency: atOnce });
  const given = await queue.addAll(due.map((one) => async () => give(context, calls, one, await keysFor(one))));
  await forgetEnded(sql);
  const delivered = given.filter(Boolean).length;
  return { sandboxes: all.length, delivered, waiting: all.length - delivered };
}

async function open(context: Context, keys: TeamKeys, revision: bigint): Promise<GivenKeys> {
  return { revision, ...(await openParts(context, partsOf(context, keys))) };
}

/** Whether it has them now. */
async function give(
  context: Context,
  calls: HostCalls,
  { sandbox: { id, hostId, attempt } }: Recipient,
  { revision, variables, stamp }: GivenKeys,
): Promise<boolean> {
  const { sql } = context;
  try {
    const { sandbox } = await calls.call(
      hostId,
      callTimeoutMs,
      (client, options) =>
        client.setKeys({ sandboxId: id, attempt, keys: { revision, variables: { ...variables } } }, options),
      context.signal,
    );
    if (sandbox?.keysRevision !== revision) return false;
    await recordDelivery(sql, id, attempt, stamp);
    return true;
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    if (!(error instanceof HostNotConnected)) await recordProblem(sql, id, attempt, problemOf(error));
    return false;
  }
}

const problemOf = ({ cause, message }: Refusal): string =>
  cause instanceof ConnectError && cause.code === Code.Unimplemented
    ? 'The agent of its machine is from before there were keys: update it.'
    : message;
