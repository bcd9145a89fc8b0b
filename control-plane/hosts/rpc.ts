import { durationMs, timestampFromDate } from '@bufbuild/protobuf/wkt';
import type { ConnectRouter } from '@connectrpc/connect';
import { DrainAction, DriftDecision, HostService, UnknownSandboxDecision } from '#proto/muster/v1/host_pb.js';
import { authorize } from '../access/index.ts';
import { pageOf, pageSize, placeFrom } from '../paging.ts';
import { requestContext } from '../server/request-context.ts';
import { visibleTeam } from '../teams/index.ts';
import { affectedToProto } from './affected.ts';
import { changeHost } from './change.ts';
import type { HostCalls } from './connection/call.ts';
import { readCondition } from './condition/index.ts';
import { cordon, uncordon } from './cordon.ts';
import { createHost } from './create.ts';
import { deleteHost } from './delete.ts';
import { drainHost } from './drain/drain.ts';
import { driftToProto } from './drift/view.ts';
import { findDrift, settleDrift } from './drift/index.ts';
import { visibleHost } from './find.ts';
import { hostEventToProto, listHostEvents } from './life/index.ts';
import { createJoinToken } from './join-tokens.ts';
import type { ThingsOnHosts } from './sandboxes-on-hosts.ts';
import { ownerOf } from './own-hosts.ts';
import { unlockHost } from './quarantine/unlock.ts';
import { rotateSigningKey } from './rotate-signing-key.ts';
import { settleUnknownSandbox } from './settle-unknown.ts';
import { findIdentity, listHosts } from './store.ts';
import { countUnlisted, listUnknownSandboxes } from './unknown-sandboxes.ts';
import { hostToProto, joinTokenToProto, ownerFrom, statusesFrom } from './view.ts';
import { visibilityOf } from './visibility.ts';
import { watchHosts } from './watch.ts';

const anyText = /^/;

const drainActions = {
  [DrainAction.UNSPECIFIED]: 'wait',
  [DrainAction.WAIT]: 'wait',
  [DrainAction.STOP]: 'stop',
  [DrainAction.DESTROY]: 'destroy',
} as const;

export function hostRoutes(
  router: ConnectRouter,
  { calls, sandboxes }: { calls: HostCalls; sandboxes: ThingsOnHosts },
): void {
  router.service(HostService, {
    async createHost({ name, labels, overcommit, tokenLifetime, requestId, teamId: askedTeamId }, { values }) {
      const context = values.get(requestContext);
      const teamId = ownerOf(context.caller, askedTeamId);
      if (teamId !== null) await visibleTeam(context, teamId);
      authorize(context.caller, 'host.create', { teamId });
      const tokenLifetimeMs = tokenLifetime && durationMs(tokenLifetime);
      const { hostId, joinToken } = await createHost(context, {
        name,
        teamId,
        labels,
        overcommit,
        tokenLifetimeMs,
        requestId,
      });
      const host = await visibleHost(context, hostId);
      return { host: hostToProto(host, context.caller), joinToken: joinToken && joinTokenToProto(joinToken) };
    },

    async listHosts({ pageSize: asked, pageToken, statuses, search, teamId, owner }, { values }) {
      const context = values.get(requestContext);
      authorize(context.caller, 'host.read');
      const size = pageSize(asked);
      const filter = {
        statuses: statusesFrom(statuses),
        search,
        teamId,
        owner: ownerFrom(owner),
        after: placeFrom(pageToken, [anyText, anyText]),
        limit: size + 1,
      };
      const hosts = await listHosts(context.sql, filter, visibilityOf(context.caller));
      const { rows, nextPageToken } = pageOf(hosts, size, ({ name, id }) => [name, id]);
      return { hosts: rows.map((host) => hostToProto(host, context.caller)), nextPageToken };
    },

    async getHost({ hostId }, { values }) {
      const context = values.get(requestContext);
      authorize(context.caller, 'host.read');
      const host = await visibleHost(context, hostId);
      return { host: hostToProto(host, context.caller, await findIdentity(context.sql, host.id)) };
    },

    async *watchHosts(request, { values }) {
      const context = values.get(requestContext);
      authorize(context.caller, 'host.read');
      yield* watchHosts(context, request);
    },

    async listHostEvents({ hostId, pageSize: asked, pageToken }, { values }) {
      const context = values.get(requestContext);
      authorize(context.caller, 'host.read');
      const host = await visibleHost(context, hostId);
      const size = pageSize(asked);
      const [beforeId] = placeFrom(pageToken, [/^[0-9]{1,18}$/]) ?? [];
      const events = await listHostEvents(context.sql, { hostId: host.id, beforeId, limit: size + 1 });
      const { rows, nextPageToken } = pageOf(events, size, ({ id }) => [id]);
      return { events: rows.map(hostEventToProto), nextPageToken };
    },

    async getFleetCondition(_, { values }) {
      const context = values.get(requestContext);
      authorize(context.caller, 'host.read');
      return { condition: await readCondition(context.sql, visibilityOf(context.caller)) };
    },

    async updateHost({ hostId, name, labels, overcommit }, { values }) {
      const context = values.get(requestContext);
      const host = await visibleHost(context, hostId);
      authorize(context.caller, 'host.update', { teamId: host.teamId, hostId: host.id });
      const changed = await changeHost(context, host, { name, labels: labels?.labels, overcommit });
      return { host: hostToProto(changed, context.caller) };
    },

    async createJoinToken({ hostId, lifetime }, { values }) {
      const context = values.get(requestContext);
      const host = await visibleHost(context, hostId);
      authorize(context.caller, 'host.join_token.create', { teamId: host.teamId, hostId: host.id });
      return { joinToken: joinTokenToProto(await createJoinToken(context, host.id, lifetime && durationMs(lifetime))) };
    },

    async cordonHost({ hostId, reason }, { values }) {
      const context = values.get(requestContext);
      const host = await visibleHost(context, hostId);
      authorize(context.caller, 'host.cordon', { teamId: host.teamId, hostId: host.id });
      return { host: hostToProto(await cordon(context, host, reason), context.caller) };
    },

    async uncordonHost({ hostId }, { values }) {
      const context = values.get(requestContext);
      const host = await visibleHost(context, hostId);
      authorize(context.caller, 'host.cordon', { teamId: host.teamId, hostId: host.id });
      return { host: hostToProto(await uncordon(context, host), context.caller) };
    },

    async drainHost({ hostId, reason, action, deadline }, { values }) {
      const context = values.get(requestContext);
      const host = await visibleHost(context, hostId);
      authorize(context.caller, 'host.drain', { teamId: host.teamId, hostId: host.id });
      const request = { reason, action: drainActions[action], deadlineMs: deadline && durationMs(deadline) };
      return { host: hostToProto(await drainHost(context, host, request), context.caller) };
    },

    async unlockHost({ hostId, reason }, { values }) {
      const context = values.get(requestContext);
      const host = await visibleHost(context, hostId);
      authorize(context.caller, 'host.unlock', { teamId: host.teamId, hostId: host.id });
      return { host: hostToProto(await unlockHost(context, host, reason), context.caller) };
    },

    async previewDeleteHost({ hostId, pageSize: asked, pageToken }, { values }) {
      const context = values.get(requestContext);
      const host = await visibleHost(context, hostId);
      authorize(context.caller, 'host.delete', { teamId: host.teamId, hostId: host.id });
      const size = pageSize(asked);
      const after = placeFrom(pageToken, [/^\d{1,18}$/, anyText]);
      const [live, totalSandboxes, snapshots] = await Promise.all([
        sandboxes.listLive(context.sql, host.id, { after, limit: size + 1 }),
        sandboxes.countLive(context.sql, host.id),
        sandboxes.listOnlyHere(context.sql, host.id),
      ]);
      const { rows, nextPageToken } = pageOf(live, size, ({ createdMicros, id }) => [createdMicros, id]);
      return {
        sandboxes: rows.map(affectedToProto),
        totalSandboxes,
        snapshots: snapshots.map(({ id, ...snapshot }) => ({ snapshotId: id, ...snapshot })),
        nextPageToken,
      };
    },

    async settleUnknownSandbox({ hostId, sandboxId, decision, reason }, { values }) {
      const context = values.get(requestContext);
      authorize(context.caller, 'unknown_sandbox.settle');
      const named = decision === UnknownSandboxDecision.RELEASE ? 'release' : 'destroy';
      await settleUnknownSandbox(context, calls, { hostId, sandboxId, decision: named, reason });
      return {};
    },

    async getDrift(_, { values }) {
      const context = values.get(requestContext);
      authorize(context.caller, 'drift.read');
      return { drift: driftToProto(await findDrift(context.sql)) };
    },

    async settleDrift({ decision, reason }, { values }) {
      const context = values.get(requestContext);
      authorize(context.caller, 'drift.settle');
      const named = decision === DriftDecision.OPEN_WINDOW ? 'open_window' : 'accept';
      return { drift: driftToProto(await settleDrift(context, { decision: named, reason })) };
    },

    async rotateSigningKey({ reason }, { values }) {
      const context = values.get(requestContext);
      authorize(context.caller, 'signing_key.rotate');
      const { signing, next } = await rotateSigningKey(context, reason);
      return { signingKeyId: signing, nextKeyId: next };
    },

    async deleteHost({ hostId, force }, { values }) {
      const context = values.get(requestContext);
      const host = await visibleHost(context, hostId);
      authorize(context.caller, 'host.delete', { teamId: host.teamId, hostId: host.id });
      return { destroyedSandboxes: await deleteHost(context, sandboxes, host, force) };
    },

    async listUnknownSandboxes({ hostId, pageSize: asked, pageToken }, { values }) {
      const context = values.get(requestContext);
      authorize(context.caller, 'unknown_sandbox.read');
      const size = pageSize(asked);
      const after = placeFrom(pageToken, [/^\d{1,18}$/, anyText, anyText]);
      const unknown = await listUnknownSandboxes(context.sql, { hostId, after, limit: size + 1 });
      const { rows, nextPageToken } = pageOf(unknown, size, (row) => [row.firstSeenMicros, row.sandboxId, row.hostId]);
      return {
        sandboxes: rows.map(({ firstSeenAt, releasedAt, ...row }) => ({
          ...row,
          firstSeenAt: timestampFromDate(firstSeenAt),
          releasedAt: releasedAt ? timestampFromDate(releasedAt) : undefined,
        })),
        nextPageToken,
        notListed: await countUnlisted(context.sql, hostId),
      };
    },
  });
}
