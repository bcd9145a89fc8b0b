import type { ConnectRouter } from '@connectrpc/connect';
import { SetupService } from '#proto/muster/v1/setup_pb.js';
import { authorize } from '../access/index.ts';
import { callerToProto, handOver, requireSafeTransport } from '../auth/index.ts';
import { mailSettings } from '../mail/index.ts';
import { requestContext } from '../server/request-context.ts';
import { hasPlatformAdmin } from '../users/index.ts';
import { completeSetup } from './complete.ts';

export function setupRoutes(router: ConnectRouter): void {
  router.service(SetupService, {
    async getSetup(_request, { values }) {
      const context = values.get(requestContext);
      authorize(context.caller, 'setup.read');
      return {
        setupRequired: !(await hasPlatformAdmin(context.sql)),
        signUpOpen: context.config.signUp === 'open',
        installationId: context.installation.id,
        version: context.build.version,
        commitSha: context.build.commitSha,
        mailConfigured: (await mailSettings(context)) !== undefined,
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
