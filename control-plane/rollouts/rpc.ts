import { durationMs } from '@bufbuild/protobuf/wkt';
import type { ConnectRouter } from '@connectrpc/connect';
import {
  OfflinePolicy,
  RolloutService,
  type CreateRolloutRequest,
  type RolloutStrategy,
} from '#proto/muster/v1/rollout_pb.js';
import { authorize } from '../access/index.ts';
import type { Context } from '../context.ts';
import { notFound } from '../errors.ts';
import type { Fleet } from '../fleet/index.ts';
import { pageOf, pageSize, placeFrom } from '../paging.ts';
import { requestContext } from '../server/request-context.ts';
import { changeRollout } from './change.ts';
import { createRollout, draftRollout, type RolloutRequest } from './create.ts';
import type { Strategy } from './rollout.ts';
import { findRollout, listRollouts, readUpdates } from './store.ts';
import { draftToProto, rolloutToProto } from './view.ts';
import { watchRollout } from './watch.ts';

const rolloutPlace = [/^roll[0-9a-z]{12,}$/];

export function rolloutRoutes(router: ConnectRouter, fleet: Fleet): void {
  router.service(RolloutService, {
    async createRollout(request, { values }) {
      const context = values.get(requestContext);
      authorize(context.caller, 'rollout.manage');
      const wanted = requestFrom(request);
      if (request.dryRun) return { rollout: draftToProto(await draftRollout(context, fleet, wanted)) };
      return { rollout: await wholeRollout(context, await createRollout(context, fleet, wanted)) };
    },

    async getRollout({ rolloutId }, { values }) {
      const context = values.get(requestContext);
      authorize(context.caller, 'rollout.read');
      return { rollout: await wholeRollout(context, rolloutId) };
    },

    async listRollouts(request, { values }) {
      const context = values.get(requestContext);
      authorize(context.caller, 'rollout.read');
      const size = pageSize(request.pageSize);
      const after = placeFrom(request.pageToken, rolloutPlace)?.[0];
      const found = await listRollouts(context.sql, request.repository, after, size + 1);
      const { rows, nextPageToken } = pageOf(found, size, ({ id }) => [id]);
      return { rollouts: rows.map((rollout) => rolloutToProto(rollout)), nextPageToken };
    },

    async *watchRollout(request, { values }) {
      const context = values.get(requestContext);
      authorize(context.caller, 'rollout.read');
      yield* watchRollout(context, request);
    },

    async pauseRollout({ rolloutId }, { values }) {
      const context = values.get(requestContext);
      authorize(context.caller, 'rollout.manage');
      await changeRollout(context, rolloutId, 'pause');
      return { rollout: await wholeRollout(context, rolloutId) };
    },

    async resumeRollout({ rolloutId }, { values }) {
      const context = values.get(requestContext);
      authorize(context.caller, 'rollout.manage');
      await changeRollout(context, rolloutId, 'resume');
      return { rollout: await wholeRollout(context, rolloutId) };
    },

    async abortRollout({ rolloutId }, { values }) {
      const context = values.get(requestContext);
      authorize(context.caller, 'rollout.manage');
      await changeRollout(context, rolloutId, 'abort');
      return { rollout: await wholeRollout(context, rolloutId) };
    },
  });
}

async function wholeRollout({ sql }: Context, id: string) {
  const rollout = await findRollout(sql, id);
  if (!rollout) throw notFound('rollout');
  return rolloutToProto(rollout, await readUpdates(sql, id));
}

function requestFrom(request: CreateRolloutRequest): RolloutRequest {
  const { repository, components, targetSha, selection, supersede, includePinned, reason, requestId } = request;
  return {
    repository,
    components,
    targetSha,
    supersede,
    includePinned,
    reason,
    requestId,
    hostIds: selection?.hostIds ?? [],
    labels: selection?.labels ?? {},
    all: selection?.all ?? false,
    strategy: strategyFrom(request.strategy),
  };
}

const defaultCatchUpMs = 86_400_000;
const defaultVerifyMs = 120_000;

const strategyFrom = (asked: RolloutStrategy | undefined): Strategy => ({
  canaryHosts: asked?.canaryHosts ?? 0,
  batchSize: asked?.batchSize ?? 0,
  soakMs: asked?.soak ? durationMs(asked.soak) : 0,
  maxFailures: asked?.maxFailures ?? 0,
  catchUp: asked?.offline !== OfflinePolicy.SKIP,
  catchUpMs: asked?.catchUpFor ? durationMs(asked.catchUpFor) : defaultCatchUpMs,
  verifyMs: asked?.verifyWithin ? durationMs(asked.verifyWithin) : defaultVerifyMs,
  returnOnFailure: asked?.returnOnFailure ?? false,
});
