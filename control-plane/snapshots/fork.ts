import { ConnectError } from '@connectrpc/connect';
import { boundHostOf } from '../access/index.ts';
import { recordAudit } from '../audit/index.ts';
import type { Context } from '../context.ts';
import { invalidField, Refusal, wrongState } from '../errors.ts';
import {
  copyRequest,
  createdBefore,
  createSandbox,
  snapshotRule,
  type Hands,
  type Likeness,
  type Sandbox,
} from '../sandboxes/index.ts';
import { createSnapshot } from './create.ts';
import { deleteSnapshot } from './delete.ts';
import { visibleSnapshot } from './find.ts';
import type { Snapshot } from './snapshot.ts';

/** What a fork is asked for, defaults filled in. */
export interface ForkRequest {
  /** Empty: as the files are now. */
  readonly snapshotId: string;
  readonly count: number;
  /** Of each, whole. */
  readonly metadata: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  readonly requestId: string;
}

export interface Fork {
  readonly sandboxes: readonly Sandbox[];
  /** Why the others could not be made. */
  readonly problems: readonly string[];
}

/**
 * Makes sandboxes that begin with the files of another. A repeated request answers what it has made, whatever became of the
 * other since. Throws what the first one threw where none could be made.
 */
export async function forkSandbox(
  context: Context,
  hands: Hands,
  sandbox: Sandbox,
  request: ForkRequest,
): Promise<Fork> {
  const earlier = await createdBefore(context, sandbox.teamId, requestIdsOf(request));
  if (earlier.length === request.count) return { sandboxes: earlier, problems: [] };
  const like = await copyRequest(context.sql, sandbox.id);
  if (!like) {
    if (earlier.length > 0) return { sandboxes: earlier, problems: [snapshotRule.refusal] };
    throw wrongState(snapshotRule.refusal, 'Create sandboxes from a snapshot of it instead.');
  }
  const snapshot = await snapshotFor(context, hands, sandbox, request);
  try {
    return await makeAll(context, hands, { sandbox, like, snapshot, request });
  } finally {
    // What stands on it keeps it.
    if (request.snapshotId === '') await deleteSnapshot(context, snapshot);
  }
}

/** Of each; none where the call is not repeatable. */
const requestIdsOf = ({ requestId, count }: ForkRequest): readonly string[] =>
  requestId === '' ? [] : Array.from({ length: count }, (_, number) => `${requestId}/${number}`);

async function snapshotFor(
  context: Context,
  hands: Hands,
  sandbox: Sandbox,
  { snapshotId, requestId }: ForkRequest,
): Promise<Snapshot> {
  if (snapshotId === '') {
    // A repeat of the whole fork finds the sandboxes; the snapshot between is gone by then, so each has its own.
    const name = `Fork ${requestId}`.trim();
    const snapshot = await createSnapshot(context, hands, sandbox, { name, requestId: '', passing: true });
    if (snapshot.state !== 'ready') throw invalidSnapshot(snapshot.reason);
    return snapshot;
  }
  const snapshot = await visibleSnapshot(context, snapshotId);
  if (snapshot.sandboxId !== sandbox.id)
    throw invalidField(
      'snapshot_id',
      'snapshot_id: this snapshot is of another sandbox. Create sandboxes from it instead.',
    );
  return snapshot;
}

const invalidSnapshot = (reason: string): Refusal =>
  invalidField('sandbox_id', `The sandbox could not be copied: ${reason}`);

async function makeAll(
  context: Context,
  hands: Hands,
  { sandbox, like, snapshot, request }: { sandbox: Sandbox; like: Likeness; snapshot: Snapshot; request: ForkRequest },
): Promise<Fork> {
  const { count, metadata, timeoutMs } = request;
  const requestIds = requestIdsOf(request);
  await context.transaction((sql) =>
    recordAudit(sql, context, {
      action: 'sandbox.fork',
      target: sandbox.id,
      teamId: sandbox.teamId,
      after: { snapshotId: snapshot.id, count },
    }),
  );
  const outcomes = await Promise.allSettled(
    Array.from({ length: count }, (_, number) =>
      createSandbox(context, hands, {
        ...like,
        template: snapshot.id,
        metadata,
        boundHostId: boundHostOf(context.caller) ?? null,
        timeoutMs,
        requestId: requestIds[number] ?? '',
      }),
    ),
  );
  const sandboxes = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
  const failures = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason as unknown] : []));
  const fault = failures.find((failure) => !(failure instanceof Refusal) && !(failure instanceof ConnectError));
  const refusal = fault ?? (sandboxes.length === 0 ? failures[0] : undefined);
  if (refusal !== undefined) throw refusal instanceof Error ? refusal : new Error('A fork failed.', { cause: refusal });
  return { sandboxes, problems: [...new Set(failures.map((failure) => ConnectError.from(failure).rawMessage))] };
}
