import { durationMs } from '@bufbuild/protobuf/wkt';
import type { ConnectRouter } from '@connectrpc/connect';
import { ApiKeyService } from '#proto/muster/v1/api_key_pb.js';
import { authorize, userOf } from '../access/index.ts';
import { keyRoleFrom } from '../credentials/index.ts';
import { visibleHost } from '../hosts/index.ts';
import { spend } from '../limits/index.ts';
import { pageOf, pageSize, placeFrom } from '../paging.ts';
import { requestContext } from '../server/request-context.ts';
import { visibleTeam } from '../teams/index.ts';
import { revokeKey, rotateKey, takeOverKey } from './change.ts';
import { createKey } from './create.ts';
import { visibleKey } from './find.ts';
import { listKeys } from './store.ts';
import { keyToProto, mintedToProto } from './to-proto.ts';

const place = [/^\d{1,18}$/, /^key[0-9a-z]{1,30}$/];

export function keyRoutes(router: ConnectRouter): void {
  router.service(ApiKeyService, {
    async createApiKey(request, { values }) {
      const context = values.get(requestContext);
      const { teamId, boundTeamId, boundHostId, lifetime } = request;
      if (teamId !== '') await visibleTeam(context, teamId);
      authorize(context.caller, 'api_key.create', { teamId });
      if (boundTeamId !== '') await visibleTeam(context, boundTeamId);
      if (boundHostId !== '') await visibleHost(context, boundHostId);
      await spend(context, 'mint', context.caller.actor);
      const lifetimeMs = lifetime && durationMs(lifetime);
      const wanted = { ...request, role: keyRoleFrom(request.role), lifetimeMs };
      return mintedToProto(await createKey(context, wanted, request.dryRun), context.caller);
    },

    async listApiKeys({ teamId, includeEnded, pageSize: asked, pageToken }, { values }) {
      const context = values.get(requestContext);
      if (teamId !== '') await visibleTeam(context, teamId);
      authorize(context.caller, 'api_key.read', { teamId });
      const size = pageSize(asked);
      const filter = { teamId, ended: includeEnded, after: placeFrom(pageToken, place), limit: size + 1 };
      const page = pageOf(await listKeys(context.sql, filter), size, ({ createdMicros, id }) => [createdMicros, id]);
      return { keys: page.rows.map((key) => keyToProto(key, context.caller)), nextPageToken: page.nextPageToken };
    },

    async getApiKey({ keyId }, { values }) {
      const context = values.get(requestContext);
      const key = await visibleKey(context, keyId);
      authorize(context.caller, 'api_key.read', key);
      return { key: keyToProto(key, context.caller) };
    },

    async rotateApiKey({ keyId, overlap, dryRun }, { values }) {
      const context = values.get(requestContext);
      const key = await visibleKey(context, keyId);
      authorize(context.caller, 'api_key.rotate', key);
      await spend(context, 'mint', context.caller.actor);
      return mintedToProto(await rotateKey(context, key, overlap ? durationMs(overlap) : 0, dryRun), context.caller);
    },

    async revokeApiKey({ keyId, dryRun }, { values }) {
      const context = values.get(requestContext);
      const key = await visibleKey(context, keyId);
      authorize(context.caller, 'api_key.revoke', key);
      return { key: keyToProto(await revokeKey(context, key, dryRun), context.caller) };
    },

    async takeOverApiKey({ keyId, dryRun }, { values }) {
      const context = values.get(requestContext);
      const key = await visibleKey(context, keyId);
      authorize(context.caller, 'api_key.take_over', key);
      return { key: keyToProto(await takeOverKey(context, userOf(context.caller), key, dryRun), context.caller) };
    },
  });
}
