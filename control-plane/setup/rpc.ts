import type { ConnectRouter } from '@connectrpc/connect';
import { SetupService, SignInMode } from '#proto/muster/v1/setup_pb.js';
import { authorize } from '../access/index.ts';
import { callerToProto, handOver, requireSafeTransport } from '../auth/index.ts';
import { mailSettings } from '../mail/index.ts';
import { requestContext } from '../server/request-context.ts';
import { loginPath } from '../sso/index.ts';
import { hasPlatformAdmin } from '../users/index.ts';
import { completeSetup } from './complete.ts';

const signInModes = {
  password: SignInMode.PASSWORD,
  trusted_header: SignInMode.TRUSTED_HEADER,
  oidc: SignInMode.OIDC,
  keys_only: SignInMode.KEYS_ONLY,
} as const;

export function setupRoutes(router: ConnectRouter): void {
  router.service(SetupService, {
    async getSetup(_request, { values }) {
      const context = values.get(requestContext);
      authorize(context.caller, 'setup.read');
      const { signIn } = context.config;
      return {
        // Elsewhere the configuration names who runs the installation.
        setupRequired: signIn.mode === 'password' && !(await hasPlatformAdmin(context.sql)),
        signUpOpen: signIn.mode === 'password' && context.config.signUp === 'open',
        installationId: context.installation.id,
        version: context.build.version,
        commitSha: context.build.commitSha,
        mailConfigured: (await mailSettings(context)) !== undefined,
        signInMode: signInModes[signIn.mode],
        signInService: context.oidc?.name ?? '',
        signInPath: context.oidc ? loginPath : '',
        signOutUrl: signIn.mode === 'trusted_header' ? (signIn.signOutUrl ?? '') : '',
      };
    },

    async completeSetup(request, handler) {
      const context = handler.values.get(requestContext);
      authorize(context.caller, 'setup.complete');
      requireSafeTransport(context);
      const caller = await handOver(context, await completeSetup(context, request), handler);
      return { caller: callerToProto(caller) };
    },
  });
}
