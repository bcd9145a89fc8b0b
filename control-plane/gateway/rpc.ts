import { durationMs } from '@bufbuild/protobuf/wkt';
import type { ConnectRouter } from '@connectrpc/connect';
import { GatewayService } from '#proto/muster/v1/gateway_pb.js';
import { authorize } from '../access/index.ts';
import type { Context } from '../context.ts';
import { invalidField } from '../errors.ts';
import { spend } from '../limits/index.ts';
import { pageOf, pageSize, placeFrom } from '../paging.ts';
import { requestContext } from '../server/request-context.ts';
import { teamVisibility, visibleTeam } from '../teams/index.ts';
import { listBudgets } from './budget-store.ts';
import { defaultCaps, setCaps } from './caps.ts';
import { budgetToProto, capsToProto, mintedToProto, tokenToProto, useToProto } from './to-proto.ts';
import { listTokens } from './token-store.ts';
import { createToken, revokeToken, rotateToken, visibleToken } from './tokens.ts';
import { listUses } from './usage-store.ts';

const place = [/^\d{1,18}$/, /^gtok[0-9a-z]{1,30}$/];
const defaultDays = 30;

export function gatewayRoutes(router: ConnectRouter): void {
  router.service(GatewayService, {
    async createGatewayToken({ teamId: asked, userId, name, requestId }, { values }) {
      const context = values.get(requestContext);
      const { caller } = context;
      const teamId = asked || ('activeTeamId' in caller ? caller.activeTeamId : undefined);
      if (!teamId) throw invalidField('team_id', 'Name the team, because you have no active one.');
      await visibleTeam(context, teamId);
      authorize(caller, 'gateway_token.create', { teamId });
      const holder = userId || ('userId' in caller ? caller.userId : '');
      if (!holder) throw invalidField('user_id', 'Name the user, because a key is none.');
      await spend(context, 'mint', caller.actor);
      return mintedToProto(await createToken(context, { teamId, userId: holder, name, requestId }), caller);
    },

    async listGatewayTokens({ teamId, includeEnded, pageSize: asked, pageToken }, { values }) {
      const context = values.get(requestContext);
      const scope = await scopeOf(context, teamId);
      authorize(context.caller, 'gateway_token.read', scope);
      const size = pageSize(asked);
      const tokens = await listTokens(context.sql, {
        ...scope,
        visible: teamVisibility(context.caller),
        ended: includeEnded,
        after: placeFrom(pageToken, place),
        limit: size + 1,
      });
      const page = pageOf(tokens, size, ({ createdMicros, id }) => [createdMicros, id]);
      return {
        tokens: page.rows.map((token) => tokenToProto(token, context.caller)),
        nextPageToken: page.nextPageToken,
      };
    },

    async rotateGatewayToken({ gatewayTokenId, overlap }, { values }) {
      const context = values.get(requestContext);
      const token = await visibleToken(context, gatewayTokenId);
      authorize(context.caller, 'gateway_token.rotate', token);
      await spend(context, 'mint', context.caller.actor);
      return mintedToProto(await rotateToken(context, token, overlap ? durationMs(overlap) : 0), context.caller);
    },

    async revokeGatewayToken({ gatewayTokenId }, { values }) {
      const context = values.get(requestContext);
      const token = await visibleToken(context, gatewayTokenId);
      authorize(context.caller, 'gateway_token.revoke', token);
      return { token: tokenToProto(await revokeToken(context, token), context.caller) };
    },

    async getGatewayUsage({ teamId, days }, { values }) {
      const context = values.get(requestContext);
      const scope = await scopeOf(context, teamId);
      authorize(context.caller, 'gateway_usage.read', scope);
      const [uses, budgets, caps] = await Promise.all([
        listUses(context.sql, { ...scope, days: days || defaultDays }),
        listBudgets(context.sql, scope.teamId),
        defaultCaps(context),
      ]);
      return { uses: uses.map(useToProto), budgets: budgets.map(budgetToProto), defaultCaps: capsToProto(caps) };
    },

    async setGatewayCaps({ userId, caps }, { values }) {
      const context = values.get(requestContext);
      authorize(context.caller, 'gateway_caps.set');
      const wanted = caps && { perDay: Number(caps.tokensPerDay), perMonth: Number(caps.tokensPerMonth) };
      return { caps: capsToProto(await setCaps(context, userId || undefined, wanted)) };
    },
  });
}

/** One team, or, for who may see all of them, every one. */
async function scopeOf(context: Context, teamId: string): Promise<{ teamId: string | undefined }> {
  if (teamId === '') return { teamId: undefined };
  await visibleTeam(context, teamId);
  return { teamId };
}
