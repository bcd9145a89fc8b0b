import { durationFromMs, timestampFromDate } from '@bufbuild/protobuf/wkt';
import type { ConnectRouter } from '@connectrpc/connect';
import { EnrolmentService } from '#proto/muster/agent/v1/enrolment_pb.js';
import { authorize } from '../../access/index.ts';
import { requestContext } from '../../server/request-context.ts';
import { recordHeartbeat } from '../heartbeats/record.ts';
import type { HeartbeatWriter } from '../heartbeats/writer.ts';
import type { ThingsOnHosts } from '../sandboxes-on-hosts.ts';
import { hostCounters } from '../counters.ts';
import { cleanSpecs } from '../specs.ts';
import { joinHost } from './join.ts';
import { leaveHost } from './leave.ts';
import { refreshCredentials } from './refresh.ts';
import { joinRefused, refreshRequired } from './refusals.ts';

export function enrolmentRoutes(router: ConnectRouter, writer: HeartbeatWriter, parts: ThingsOnHosts): void {
  router.service(EnrolmentService, {
    async joinHost({ specs, ...proposal }, { values }) {
      const context = values.get(requestContext);
      authorize(context.caller, 'host.join');
      if (!specs) throw joinRefused(); // the contract requires them
      const { accessToken, accessTokenExpiresAt, signature, ...enrolment } = await joinHost(context, {
        ...proposal,
        specs: cleanSpecs(specs),
      });
      const { installation, config } = context;
      return {
        ...enrolment,
        accessToken: accessToken.reveal(),
        accessTokenExpiresAt: timestampFromDate(accessTokenExpiresAt),
        installationId: installation.id,
        installationPublicKey: new Uint8Array(installation.publicKey),
        signature: new Uint8Array(signature),
        heartbeatInterval: durationFromMs(config.heartbeatIntervalMs),
      };
    },

    async refreshCredentials(proposal, { values }) {
      const context = values.get(requestContext);
      authorize(context.caller, 'host.refresh');
      const { token, expiresAt } = await refreshCredentials(context, proposal);
      hostCounters(context.metrics).rotations.inc();
      return { accessToken: token.reveal(), accessTokenExpiresAt: timestampFromDate(expiresAt) };
    },

    async heartbeat(request, { values }) {
      const context = values.get(requestContext);
      const { caller } = context;
      if (caller.kind !== 'host') throw refreshRequired(); // nobody else gets here
      authorize(caller, 'host.heartbeat', caller);
      const { nextInMs, serverTime, refreshNow, reportNonce, state } = await recordHeartbeat(
        context,
        caller,
        request,
        writer,
      );
      return {
        nextIn: durationFromMs(Math.round(nextInMs)),
        serverTime: timestampFromDate(serverTime),
        refreshNow,
        reportNonce: new Uint8Array(reportNonce),
        state,
      };
    },

    async leaveHost({ force, signature }, { values }) {
      const context = values.get(requestContext);
      const { caller } = context;
      if (caller.kind !== 'host') throw refreshRequired(); // nobody else gets here
      authorize(caller, 'host.leave', caller);
      return { destroyedSandboxes: await leaveHost(context, caller, parts, { force, signature }) };
    },
  });
}
