import { Code } from '@connectrpc/connect';
import { Reason } from '#proto/muster/v1/errors_pb.js';
import { recordAudit } from '../audit/index.ts';
import type { Context } from '../context.ts';
import { newId, violatesUnique, type Sql } from '../database/index.ts';
import { conflict, invalidField, notFound, Refusal, wrongState } from '../errors.ts';
import { announce } from '../events/index.ts';
import type { Fleet } from '../fleet/index.ts';
import { firstBatch, intoBatches } from './batches.ts';
import type { Strategy } from './rollout.ts';
import {
  findCandidates,
  findRolloutByRequest,
  findTaken,
  insertRollout,
  moveUpdate,
  type Candidate,
  type NewRollout,
  type NewUpdate,
  type Selection,
  type Taken,
} from './store.ts';

export interface RolloutRequest extends Selection {
  /** Every host has to be meant, not come about by an empty selection. */
  readonly all: boolean;
  /** Empty: the branch's head. */
  readonly targetSha: string;
  readonly strategy: Strategy;
  readonly supersede: boolean;
  /** Also what is pinned at another commit than the target. */
  readonly includePinned: boolean;
  readonly reason: string;
  /** Empty: the call is not repeatable. */
  readonly requestId: string;
}

/** A rollout that is made, or would be. */
export interface Draft {
  readonly rollout: NewRollout;
  readonly updates: readonly NewUpdate[];
  readonly candidates: readonly Candidate[];
}

/** Says what a rollout would do. Throws what creating it would. */
export async function draftRollout(context: Context, fleet: Fleet, request: RolloutRequest): Promise<Draft> {
  const draft = await planRollout(context, fleet, request);
  refuseTaken(await findTaken(context.sql, draft.updates.filter(isWanted)), request.supersede);
  return draft;
}

/** The same without asking who has what would be updated: it may be the same request, a moment ago. */
async function planRollout(context: Context, fleet: Fleet, request: RolloutRequest): Promise<Draft> {
  const { repository, components, hostIds, labels, all, strategy } = request;
  if (!all && hostIds.length === 0 && Object.keys(labels).length === 0)
    throw invalidField('selection', 'selection: names no host. Give ids or labels, or say that all are meant.');
  const target = await findTarget(context, fleet, request);
  const candidates = await findCandidates(context.sql, { repository, components, hostIds, labels }, target.sha);
  if (candidates.length === 0)
    throw invalidField(
      'selection',
      `selection: no host of it reports ${components.join(' or ')} built from ${repository}.`,
    );
  const rollout = {
    ...strategy,
    id: newId('roll'),
    repository,
    components,
    targetSha: target.sha,
    targetSubject: target.subject,
    includePinned: request.includePinned,
    reason: request.reason,
    createdBy: context.caller.actor,
    requestId: request.requestId || null,
    batch: firstBatch(strategy),
  };
  const updates = intoBatches(candidates, components, request);
  if (!updates.some(isWanted))
    throw invalidField(
      'selection',
      'selection: everything in it is pinned at another commit. Unpin it, or say that what is pinned is meant, too.',
    );
  return { rollout, updates, candidates };
}

/** What is left out from the beginning stays as it is. */
const isWanted = ({ state }: NewUpdate): boolean => state === 'queued';

/** Starts a rollout; the same request again answers the same one. Answers its id. */
export async function createRollout(context: Context, fleet: Fleet, request: RolloutRequest): Promise<string> {
  const before = await existing(context.sql, request);
  if (before !== undefined) return before;
  const { rollout, updates } = await planRollout(context, fleet, request);
  try {
    return await context.transaction(async (sql) => {
      // One after the other, so that the same request is seen by the second.
      await sql`select pg_advisory_xact_lock(hashtextextended('rollouts/create', 0))`;
      const raced = await existing(sql, request);
      if (raced !== undefined) return raced;
      const taken = await findTaken(sql, updates.filter(isWanted));
      refuseTaken(taken, request.supersede);
      for (const one of taken)
        await moveUpdate(
          sql,
          { id: one.updateId, state: one.state },
          'superseded',
          `The rollout ${rollout.id} took it over.`,
        );
      await insertRollout(sql, rollout, updates);
      const { targetSha, components, repository, reason } = rollout;
      await recordAudit(sql, context, {
        action: 'rollout.create',
        target: rollout.id,
        reason: reason || undefined,
        after: {
          repository,
          components,
          targetSha,
          strategy: request.strategy,
          includePinned: request.includePinned,
          hosts: [...new Set(updates.map(({ hostId }) => hostId))].slice(0, 100),
          updates: updates.length,
          superseded: taken.length,
        },
      });
      await announce(sql, 'rollout', [rollout.id]);
      return rollout.id;
    });
  } catch (error) {
    if (violatesUnique(error, 'rollout_updates_under_way')) throw conflict('Another rollout was faster.');
    throw error;
  }
}

const existing = async (sql: Sql, { requestId }: RolloutRequest): Promise<string | undefined> =>
  requestId === '' ? undefined : findRolloutByRequest(sql, requestId);

/** The commit that should run. Throws where the repository does not have it. */
async function findTarget(
  context: Context,
  fleet: Fleet,
  { repository: name, targetSha }: RolloutRequest,
): Promise<{ sha: string; subject: string }> {
  const repository = await fleet.findRepository(context, name);
  if (!repository) throw notFound('repository');
  const sha = targetSha || repository.headSha;
  if (sha === null)
    throw wrongState(
      `The repository ${name} has not shown its branch ${repository.branch} yet.`,
      'Wait until it was fetched, or correct its address or branch.',
    );
  if (sha !== repository.headSha && !(await fleet.hasCommit(context, repository, sha)))
    throw invalidField(
      'target_sha',
      `target_sha: ${name} does not have this commit. ${repository.published ? 'Let CI publish it' : 'Push it'} first.`,
    );
  const commit = await fleet.findCommit(context, repository, sha);
  return { sha, subject: commit?.subject ?? '' };
}

/** Throws where another rollout has what would be updated, unless that waits and may be taken over. */
function refuseTaken(taken: readonly Taken[], supersede: boolean): void {
  const kept = taken.find(({ state }) => !(supersede && state === 'queued'));
  if (!kept) return;
  throw new Refusal(
    Code.FailedPrecondition,
    Reason.ROLLOUT_UNDER_WAY,
    `The rollout ${kept.rolloutId} has ${kept.component} on ${kept.hostName} (${kept.state}).`,
    {
      help: 'Wait until it is over or abort it; what only waits in it can be taken over with supersede.',
    },
  );
}
