import { durationMs, timestampFromDate } from '@bufbuild/protobuf/wkt';
import type { ConnectRouter } from '@connectrpc/connect';
import { AuthService } from '#proto/muster/v1/auth_pb.js';
import { authorize, userOf, type Action, type UserCaller } from '../access/index.ts';
import type { Context } from '../context.ts';
import { spend } from '../limits/index.ts';
import { notAllowed } from '../errors.ts';
import { requestContext } from '../server/request-context.ts';
import { changePassword } from './change-password.ts';
import { browserUser } from './confirm.ts';
import { decideDevice, deviceLogin } from './device-logins.ts';
import { logIn } from './log-in.ts';
import { requestReset } from './request-reset.ts';
import { createResetLink } from './reset-links.ts';
import { resetPassword } from './reset-password.ts';
import { clearCookie, requireSafeTransport } from './session-cookie.ts';
import { endSession } from './sessions.ts';
import { secondFactorMethods } from './second-factor-rpc.ts';
import { handOver, handOverPending } from './sign-in-answer.ts';
import { signUp } from './sign-up.ts';
import { listSessions } from './store.ts';
import { switchTeam } from './switch-team.ts';
import { callerToProto, deviceEventToProto, keyCallerToProto, sessionToProto } from './to-proto.ts';
import { makeUserToken, userTokenLifeMs } from './user-tokens.ts';

const defaultPageSize = 50;

export function authRoutes(router: ConnectRouter): void {
  router.service(AuthService, {
    ...secondFactorMethods,

    async signUp(request, handler) {
      const context = handler.values.get(requestContext);
      authorize(context.caller, 'user.create');
      requireSafeTransport(context);
      const caller = await handOver(context, await signUp(context, request), handler);
      return { caller: callerToProto(caller) };
    },

    async logIn(request, handler) {
      const context = handler.values.get(requestContext);
      authorize(context.caller, 'session.create');
      requireSafeTransport(context);
      const step = await logIn(context, request);
      if ('session' in step) return { caller: callerToProto(await handOver(context, step.session, handler)) };
      return { secondFactor: handOverPending(context, step.pending, handler) };
    },

    async logOut(_request, handler) {
      const context = handler.values.get(requestContext);
      authorize(context.caller, 'session.end');
      handler.responseHeader.append('set-cookie', clearCookie(context.publicUrl));
      if (context.caller.kind === 'session' || context.caller.kind === 'user_token') {
        const { userId, credentialId } = signedIn(context, 'session.end');
        await endSession(context, userId, credentialId);
      }
      return { continueUrl: await signOutUrl(context) };
    },

    getCaller(_request, { values }) {
      const { caller } = values.get(requestContext);
      authorize(caller, 'caller.read');
      return { caller: 'keyId' in caller ? keyCallerToProto(caller) : callerToProto(userOf(caller)) };
    },

    async switchTeam({ teamId }, { values }) {
      const context = values.get(requestContext);
      return { caller: callerToProto(await switchTeam(context, signedIn(context, 'team.switch'), teamId)) };
    },

    async createUserToken({ lifetime }, { values }) {
      const context = values.get(requestContext);
      // A stolen token could go on for ever otherwise, by making its own successor.
      const { userId, credentialId } = browserUser(signedIn(context, 'user_token.create'));
      await spend(context, 'mint', context.caller.actor);
      const lifetimeMs = lifetime ? durationMs(lifetime) : userTokenLifeMs.byDefault;
      const { token, expiresAt } = await makeUserToken(context, { userId, sessionId: credentialId, lifetimeMs });
      return { token: token.reveal(), expiresAt: timestampFromDate(expiresAt) };
    },

    async *startDeviceLogin({ deviceName }, { values }) {
      const context = values.get(requestContext);
      authorize(context.caller, 'device.start');
      requireSafeTransport(context);
      for await (const event of deviceLogin(context, deviceName)) yield { event: deviceEventToProto(event) };
    },

    async approveDeviceLogin(request, { values }) {
      const context = values.get(requestContext);
      // It opens a session, which a token must not.
      return decideDevice(context, browserUser(signedIn(context, 'device.approve')), request);
    },

    async listSessions({ pageSize, pageToken }, { values }) {
      const context = values.get(requestContext);
      const { userId, credentialId } = signedIn(context, 'session.manage');
      const limit = pageSize || defaultPageSize;
      const rows = await listSessions(context.sql, userId, pageToken || undefined, limit + 1);
      const page = rows.slice(0, limit);
      return {
        sessions: page.map((row) => sessionToProto(row, credentialId)),
        nextPageToken: rows.length > limit ? page.at(-1)!.id : '', // the limit is at least one
      };
    },

    async revokeSession({ sessionId }, { values }) {
      const context = values.get(requestContext);
      await endSession(context, signedIn(context, 'session.manage').userId, sessionId);
      return {};
    },

    async changePassword({ currentPassword, newPassword }, { values }) {
      const context = values.get(requestContext);
      requireSafeTransport(context);
      await changePassword(context, signedIn(context, 'password.change'), {
        current: currentPassword,
        next: newPassword,
      });
      return {};
    },

    async requestPasswordReset({ email }, { values }) {
      const context = values.get(requestContext);
      authorize(context.caller, 'password.request_reset');
      await requestReset(context, email);
      return {};
    },

    async createResetLink({ userId }, { values }) {
      const context = values.get(requestContext);
      authorize(context.caller, 'password.reset_link.create');
      const { link, expiresAt } = await createResetLink(context, userId);
      return { link: link.reveal(), expiresAt: timestampFromDate(expiresAt) };
    },

    async resetPassword({ token, newPassword }, { values }) {
      const context = values.get(requestContext);
      authorize(context.caller, 'password.reset');
      requireSafeTransport(context);
      await resetPassword(context, token, newPassword);
      return {};
    },
  });
}

/** Where somebody goes to be signed out at the sign-in service, too. */
async function signOutUrl({ config: { signIn }, oidc }: Context): Promise<string> {
  if (signIn.mode === 'trusted_header') return signIn.signOutUrl ?? '';
  return (await oidc?.signOutUrl()) ?? '';
}

/** The signed-in user, allowed to do this. */
function signedIn({ caller }: Context, action: Action): UserCaller {
  authorize(caller, action);
  if (caller.kind === 'oidc_token')
    throw notAllowed('A token of the sign-in service has no session: sign in in the browser, or with muster login.');
  return userOf(caller);
}
