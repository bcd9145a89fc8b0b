import { durationMs, timestampFromDate } from '@bufbuild/protobuf/wkt';
import type { ConnectRouter } from '@connectrpc/connect';
import { HostService } from '#proto/muster/v1/host_pb.js';
import { authorize } from '../access/index.ts';
import { pageOf, pageSize, placeFrom } from '../paging.ts';
import { requestContext } from '../server/request-context.ts';
import { visibleTeam } from '../teams/index.ts';
import { changeHost } from './change.ts';
import { cordon, uncordon } from './cordon.ts';
import { createHost } from './create.ts';
import { deleteHost } from './delete.ts';
import { visibleHost } from './find.ts';
import { createJoinToken } from './join-tokens.ts';
import type { SandboxesOnHosts } from './sandboxes-on-hosts.ts';
import { ownerOf } from './own-hosts.ts';
import { listHosts } from './store.ts';
import { listUnknownSandboxes } from './unknown-sandboxes.ts';
import { hostToProto, joinTokenToProto, ownerFrom, statusesFrom } from './view.ts';
import { visibilityOf } from './visibility.ts';
import { watchHosts } from './watch.ts';

const anyText = /^/;

export function hostRoutes(router: ConnectRouter, sandboxes: SandboxesOnHosts): void {
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
      return { host: hostToProto(await visibleHost(context, hostId), context.caller) };
    },

    async *watchHosts({ hostId }, { values }) {
      const context = values.get(requestContext);
      authorize(context.caller, 'host.read');
      yield* watchHosts(context, hostId);
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
        sandboxes: rows.map((row) => ({ ...row, firstSeenAt: timestampFromDate(row.firstSeenAt) })),
        nextPageToken,
      };
    },
  });
}
