import { Code } from '@connectrpc/connect';
import { Reason } from '#proto/muster/v1/errors_pb.js';
import { recordAudit } from '../audit/index.ts';
import type { Context } from '../context.ts';
import { newId } from '../database/index.ts';
import { hostUnreachable, notFound, Refusal } from '../errors.ts';
import { watchChanges } from '../events/index.ts';
import { HostRefusal, type HostCalls } from '../hosts/index.ts';
import { recordLayers } from '../layers/index.ts';
import { situationOf, snapshotRule, type Sandbox } from '../sandboxes/index.ts';
import { requireAllowed } from '../state-rules.ts';
import { holdTeam, type TeamQuota } from '../teams/index.ts';
import { deleteSnapshot } from './delete.ts';
import { visibleSnapshot } from './find.ts';
import type { Snapshot } from './snapshot.ts';
import {
  countSnapshots,
  findByRequest,
  findInterrupted,
  findLeftBehind,
  insertSnapshot,
  settleSnapshot,
} from './store.ts';

/** A large disk takes its time. */
const copyTimeoutMs = 600_000;
/** Longer than any copy: whoever was to settle it has died. */
const interruptedAfterMs = copyTimeoutMs + 60_000;

/** Longer than any fork: bringing a large copy to its hosts takes an hour at most. */
const leftBehindAfterMs = 6 * 3_600_000;

export interface SnapshotRequest {
  readonly name: string;
  /** Empty: the call is not repeatable. */
  readonly requestId: string;
  /** It stays only until something stands on it, and counts against no quota. */
  readonly passing: boolean;
}

/** Copies a sandbox's files as they are now. Answers when it is ready, or has failed with the reason. */
export async function createSnapshot(
  context: Context,
  calls: HostCalls,
  sandbox: Sandbox,
  request: SnapshotRequest,
): Promise<Snapshot> {
  const situation = situationOf(sandbox);
  if (situation === 'missing') throw hostUnreachable('The host of this sandbox cannot be reached now.');
  const begun = await begin(context, sandbox, request);
  if ('existing' in begun) return settled(context, begun.existing);
  await copy(context, calls, sandbox, begun.id);
  return visibleSnapshot(context, begun.id);
}

function begin(
  context: Context,
  sandbox: Sandbox,
  { name, requestId, passing }: SnapshotRequest,
): Promise<{ id: string } | { existing: string }> {
  const { teamId, hostId, template, id: sandboxId } = sandbox;
  return context.transaction(async (sql) => {
    // Serialises what counts against the quota, and finds an earlier call's row.
    await sql`select pg_advisory_xact_lock(hashtextextended(${`snapshots/${teamId}`}, 0))`;
    const quota = await holdTeam(sql, teamId);
    if (quota === undefined) throw notFound('sandbox');
    const existing = requestId === '' ? undefined : await findByRequest(sql, teamId, requestId);
    if (existing !== undefined) return { existing };
    requireAllowed(snapshotRule, situationOf(sandbox));
    if (!passing) requireRoom(quota, await countSnapshots(sql, teamId));
    const id = newId('snap');
    const createdBy = context.caller.actor;
    await insertSnapshot(sql, {
      id,
      teamId,
      name,
      sandboxId,
      template,
      createdBy,
      hostId,
      requestId: requestId || null,
      passing,
    });
    await recordAudit(sql, context, { action: 'snapshot.create', target: id, teamId, after: { sandboxId, name } });
    return { id };
  });
}

function requireRoom({ snapshots }: TeamQuota, used: number): void {
  if (snapshots === 0 || used < snapshots) return;
  throw new Refusal(
    Code.ResourceExhausted,
    Reason.QUOTA_EXCEEDED,
    `The team's quota is ${snapshots} snapshots; ${used} are kept.`,
    { help: 'Delete snapshots that are not needed, or ask a platform admin for a larger quota.' },
  );
}

async function copy(context: Context, calls: HostCalls, sandbox: Sandbox, snapshotId: string): Promise<void> {
  const { id: sandboxId, attempt, hostId } = sandbox;
  try {
    const { layers, sizeBytes } = await calls.call(hostId, copyTimeoutMs, (client, options) =>
      client.snapshotSandbox({ sandboxId, attempt, snapshotId }, options),
    );
    await context.transaction(async (sql) => {
      await recordLayers(sql, hostId, layers);
      await settleSnapshot(sql, snapshotId, { layers, sizeBytes: Number(sizeBytes) });
    });
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    await settleSnapshot(context.sql, snapshotId, { reason: error.message });
    // What its host said no to is in the answer; that nobody could be asked is for the caller to repeat.
    if (!(error instanceof HostRefusal)) throw error;
  }
}

/** The snapshot of an earlier call, once it is more than under way. */
async function settled(context: Context, id: string): Promise<Snapshot> {
  for await (const _ of watchChanges(context.bus, ['layer'], context.signal, (change) => change.id === id)) {
    const snapshot = await visibleSnapshot(context, id);
    if (snapshot.state !== 'creating') return snapshot;
  }
  throw hostUnreachable(`${id} is still being made.`);
}

/** Settles what nobody will settle any more, and deletes what the fork that it was for has left. */
export async function settleInterrupted(context: Context): Promise<{ interrupted: number }> {
  const interrupted = await context.transaction(async (sql) => {
    const found = await findInterrupted(sql, interruptedAfterMs);
    for (const { id } of found) await settleSnapshot(sql, id, { reason: 'It was interrupted. Take a new one.' });
    return found.length;
  });
  for (const left of await findLeftBehind(context.sql, leftBehindAfterMs)) await deleteSnapshot(context, left);
  return { interrupted };
}
