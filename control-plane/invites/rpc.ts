import type { ConnectRouter } from '@connectrpc/connect';
import { InviteService } from '#proto/muster/v1/invite_pb.js';
import { authorize, userOf } from '../access/index.ts';
import { callerToProto, handOver, readUserCaller, requireSafeTransport } from '../auth/index.ts';
import { notFound, unauthenticated } from '../errors.ts';
import { pageOf, pageSize, placeFrom } from '../paging.ts';
import { requestContext } from '../server/request-context.ts';
import { roleFromProto, visibleTeam } from '../teams/index.ts';
import { findSignIn } from '../users/index.ts';
import { acceptAsNewUser, acceptAsUser, openInvite } from './accept.ts';
import { endInvite } from './end.ts';
import { sendInvite } from './send.ts';
import { findInviteTeam, listOpenInvites } from './store.ts';
import { inviteToProto } from './to-proto.ts';

export function inviteRoutes(router: ConnectRouter): void {
  router.service(InviteService, {
    async createInvite({ teamId, email, role }, { values }) {
      const context = values.get(requestContext);
      const team = await visibleTeam(context, teamId);
      authorize(context.caller, 'invite.create', { teamId });
      const invited = roleFromProto(role) === 'admin' ? 'admin' : 'member';
      const { invite, link } = await sendInvite(context, userOf(context.caller), team, { email, role: invited });
      return { invite: inviteToProto(invite), link: link?.reveal() ?? '' };
    },

    async listInvites({ teamId, pageSize: asked, pageToken }, { values }) {
      const context = values.get(requestContext);
      await visibleTeam(context, teamId);
      authorize(context.caller, 'invite.read', { teamId });
      const size = pageSize(asked);
      const [after] = placeFrom(pageToken, [/^[0-9A-Za-z]{12}$/]) ?? [];
      const page = pageOf(await listOpenInvites(context.sql, teamId, after, size + 1), size, ({ id }) => [id]);
      return { invites: page.rows.map(inviteToProto), nextPageToken: page.nextPageToken };
    },

    async revokeInvite({ inviteId }, { values }) {
      const context = values.get(requestContext);
      const found = await findInviteTeam(context.sql, inviteId);
      if (!found) throw notFound('invite');
      await visibleTeam(context, found.teamId);
      authorize(context.caller, 'invite.revoke', { teamId: found.teamId });
      await endInvite(context, inviteId, found.teamId);
      return {};
    },

    async getInvite({ token }, { values }) {
      const context = values.get(requestContext);
      authorize(context.caller, 'invite.open');
      const invite = await openInvite(context.sql, token);
      return {
        invite: inviteToProto(invite),
        hasAccount: (await findSignIn(context.sql, invite.emailKey)) !== undefined,
      };
    },

    async acceptInvite(request, handler) {
      const context = handler.values.get(requestContext);
      authorize(context.caller, 'invite.open');
      requireSafeTransport(context);
      if (context.caller.kind === 'anonymous') {
        const { invite, session } = await acceptAsNewUser(context, request);
        return { caller: callerToProto(await handOver(context, session, handler)), teamId: invite.teamId };
      }
      const caller = userOf(context.caller);
      const { teamId } = await acceptAsUser(context, caller, request.token);
      const present = await readUserCaller(context, caller.kind, caller.credentialId);
      if (!present) throw unauthenticated();
      return { caller: callerToProto(present), teamId };
    },
  });
}
