import { durationMs } from '@bufbuild/protobuf/wkt';
import type { ConnectRouter } from '@connectrpc/connect';
import { SandboxService } from '#proto/muster/v1/sandbox_pb.js';
import { authorize, boundHostOf } from '../access/index.ts';
import type { Context } from '../context.ts';
import { pageOf, pageSize, placeFrom } from '../paging.ts';
import { requestContext } from '../server/request-context.ts';
import { createSandbox } from './create.ts';
import type { Hands } from './images.ts';
import { hostOf, standingTeamOf, visibleSandbox, visibleTarget } from './find.ts';
import { updateMetadata } from './metadata.ts';
import { networkFromProto, updateNetwork } from './network.ts';
import type { RememberedTargets } from './remembered.ts';
import { sandboxRequestFrom, statesFrom } from './request.ts';
import { situationOf } from './states.ts';
import { listEvents, listSandboxes } from './store.ts';
import { tellExpiry } from './tell-expiry.ts';
import { eventToProto, sandboxToProto } from './view.ts';
import { destroySandbox, pauseSandbox, renewSandbox, resumeSandbox, startAgain, stopSandbox } from './want.ts';
import { watchSandboxes } from './watch.ts';

const microseconds = /^\d{1,18}$/;
const anyText = /^/;

export function sandboxRoutes(router: ConnectRouter, calls: Hands, targets: RememberedTargets): void {
  /** For what reads under its lock what it is now: whose it is does not change. */
  const owned = (context: Context, sandboxId: string) => visibleTarget(context, targets, sandboxId, false);
  router.service(SandboxService, {
    async createSandbox(request, { values }) {
      const context = values.get(requestContext);
      const teamId = await standingTeamOf(context, request.teamId);
      const hostId = boundHostOf(context.caller);
      authorize(context.caller, 'sandbox.create', { teamId, ...(hostId !== undefined && { hostId }) });
      const sandbox = await createSandbox(
        context,
        calls,
        sandboxRequestFrom(request, teamId, context.caller, context.config.defaultNetwork),
      );
      return { sandbox: sandboxToProto(sandbox, context.caller) };
    },

    async getSandbox({ sandboxId }, { values }) {
      const context = values.get(requestContext);
      const sandbox = await visibleSandbox(context, sandboxId);
      authorize(context.caller, 'sandbox.read', sandbox);
      return { sandbox: sandboxToProto(sandbox, context.caller) };
    },

    async listSandboxes(request, { values }) {
      const context = values.get(requestContext);
      const { metadata, idleFor, silent } = request;
      const hostId = hostOf(context.caller, request.hostId);
      const teamId = await standingTeamOf(context, request.teamId);
      authorize(context.caller, 'sandbox.read', { teamId });
      const size = pageSize(request.pageSize);
      const after = placeFrom(request.pageToken, [microseconds, anyText]);
      const sandboxes = await listSandboxes(context.sql, {
        teamId,
        observed: statesFrom(request),
        hostId,
        metadata,
        idleForMs: idleFor && durationMs(idleFor),
        silent,
        after,
        limit: size + 1,
      });
      const { rows, nextPageToken } = pageOf(sandboxes, size, ({ createdMicros, id }) => [createdMicros, id]);
      return { sandboxes: rows.map((sandbox) => sandboxToProto(sandbox, context.caller)), nextPageToken };
    },

    async *watchSandboxes({ teamId: asked, sandboxId }, { values }) {
      const context = values.get(requestContext);
      // A sandbox says itself whose it is.
      const teamId =
        sandboxId === '' ? await standingTeamOf(context, asked) : (await visibleSandbox(context, sandboxId)).teamId;
      authorize(context.caller, 'sandbox.read', { teamId });
      yield* watchSandboxes(context, { teamId, sandboxId });
    },

    async pauseSandbox({ sandboxId }, { values }) {
      const context = values.get(requestContext);
      const sandbox = await owned(context, sandboxId);
      authorize(context.caller, 'sandbox.change', sandbox);
      return { sandbox: sandboxToProto(await pauseSandbox(context, calls, sandbox), context.caller) };
    },

    async resumeSandbox({ sandboxId }, { values }) {
      const context = values.get(requestContext);
      const sandbox = await owned(context, sandboxId);
      authorize(context.caller, 'sandbox.change', sandbox);
      return { sandbox: sandboxToProto(await resumeSandbox(context, calls, sandbox), context.caller) };
    },

    async stopSandbox({ sandboxId }, { values }) {
      const context = values.get(requestContext);
      const sandbox = await owned(context, sandboxId);
      authorize(context.caller, 'sandbox.change', sandbox);
      return { sandbox: sandboxToProto(await stopSandbox(context, calls, sandbox), context.caller) };
    },

    async startSandbox({ sandboxId }, { values }) {
      const context = values.get(requestContext);
      const sandbox = await visibleSandbox(context, sandboxId);
      authorize(context.caller, 'sandbox.change', sandbox);
      return { sandbox: sandboxToProto(await startAgain(context, calls, sandbox), context.caller) };
    },

    async renewSandbox({ sandboxId, timeout }, { values }) {
      const context = values.get(requestContext);
      const sandbox = await visibleSandbox(context, sandboxId);
      authorize(context.caller, 'sandbox.change', sandbox);
      const timeoutMs = timeout ? durationMs(timeout) : 0; // the contract requires it
      const renewed = await renewSandbox(context, sandbox, timeoutMs);
      // Its host acts on what it knows where it loses us.
      const notYetApplied = situationOf(renewed) === 'missing' || !(await tellExpiry(context, calls, sandboxId));
      return { sandbox: sandboxToProto(renewed, context.caller), notYetApplied };
    },

    async destroySandbox({ sandboxId }, { values }) {
      const context = values.get(requestContext);
      const sandbox = await owned(context, sandboxId);
      authorize(context.caller, 'sandbox.change', sandbox);
      return { sandbox: sandboxToProto(await destroySandbox(context, calls, sandbox), context.caller) };
    },

    async updateSandboxMetadata({ sandboxId, set, remove, expectedRevision }, { values }) {
      const context = values.get(requestContext);
      const sandbox = await visibleSandbox(context, sandboxId);
      authorize(context.caller, 'sandbox.change', sandbox);
      const changed = await updateMetadata(context, sandbox, { set, remove, expectedRevision });
      return { sandbox: sandboxToProto(changed, context.caller) };
    },

    async updateSandboxNetwork({ sandboxId, network, egress }, { values }) {
      const context = values.get(requestContext);
      const sandbox = await visibleSandbox(context, sandboxId);
      authorize(context.caller, 'sandbox.change', sandbox);
      const changed = await updateNetwork(context, calls, sandbox, networkFromProto(network, egress));
      return { sandbox: sandboxToProto(changed, context.caller) };
    },

    async listSandboxEvents({ sandboxId, pageSize: asked, pageToken }, { values }) {
      const context = values.get(requestContext);
      const sandbox = await visibleSandbox(context, sandboxId);
      authorize(context.caller, 'sandbox.read', sandbox);
      const size = pageSize(asked);
      const [before] = placeFrom(pageToken, [microseconds]) ?? [];
      const { rows, nextPageToken } = pageOf(
        await listEvents(context.sql, sandbox.id, before, size + 1),
        size,
        ({ id }) => [id],
      );
      return { events: rows.map(eventToProto), nextPageToken };
    },
  });
}
