import type { ServiceImpl } from '@connectrpc/connect';
import { HostAgentService } from '#proto/muster/agent/v1/host_agent_pb.js';
import { hostConnectionStatement, signStatement } from '#contract/statements.ts';
import type { Context } from '../context.ts';
import type { Enrolled } from '../enrolment/rotation.ts';
import type { MachineAccess } from '../machine-access/index.ts';
import type { Sandboxes } from '../sandboxes/index.ts';
import type { Updates } from '../updates/index.ts';
import { accessHandlers } from './access.ts';
import { toWireError } from './errors.ts';
import { fileHandlers } from './files.ts';
import { toExpiry, toHostSandbox, toKeys, toRunResponse, toRunSpec, toSandboxSpec } from './messages.ts';
import { observationHandlers } from './observation.ts';
import { LatestWanted } from './latest-wanted.ts';
import { layerHandlers } from './layers.ts';
import { portHandlers } from './ports.ts';
import { processHandlers } from './processes.ts';
import { updateHandlers } from './updates.ts';

/** One connection, whose other end has proved to be the control plane. */
export interface ServedConnection {
  readonly agentNonce: Uint8Array;
  readonly instanceId: string;
  /** The access token that is good now. Empty where there is none. */
  accessToken(): string;
  /** Our own proof went out. Whether the connection is taken shows afterwards. */
  onProved(): void;
  onInventoryAsked(): void;
}

/** Serves the host's side of everything that happens to its sandboxes. */
export function hostAgentService(
  context: Context,
  enrolled: Enrolled,
  sandboxes: Sandboxes,
  updates: Updates,
  access: MachineAccess,
  connection: ServedConnection,
): ServiceImpl<typeof HostAgentService> {
  const { store, hostKey } = enrolled;
  const latest = new LatestWanted();

  const service: ServiceImpl<typeof HostAgentService> = {
    proveConnection({ nonce }) {
      const { installation, host } = store.held;
      const statement = hostConnectionStatement({
        installationId: installation.id,
        hostId: host.id,
        agentNonce: connection.agentNonce,
        serverNonce: nonce,
      });
      connection.onProved();
      return {
        signature: signStatement(statement, hostKey.privateKey),
        instanceId: connection.instanceId,
        accessToken: connection.accessToken(),
      };
    },

    getInventory() {
      const { sandboxes: views, ended, digest } = sandboxes.inventory();
      connection.onInventoryAsked();
      return {
        instanceId: connection.instanceId,
        sandboxes: views.map(toHostSandbox),
        digest,
        ended: [...ended],
        seen: store.seen.newest,
      };
    },

    createSandbox: refusing(async (request) => ({
      sandbox: toHostSandbox(await sandboxes.create(toSandboxSpec(request))),
    })),

    pauseSandbox: refusing(async (request) => {
      latest.hear(request);
      return { sandbox: toHostSandbox(await sandboxes.pause(request.sandboxId, request.attempt)) };
    }),

    resumeSandbox: refusing(async (request) => {
      latest.hear(request);
      return { sandbox: toHostSandbox(await sandboxes.resume(request.sandboxId, request.attempt)) };
    }),

    stopSandbox: refusing(async (request) => {
      latest.hear(request);
      return { sandbox: toHostSandbox(await sandboxes.stop(request.sandboxId, request.attempt)) };
    }),

    startSandbox: refusing(async (request) => {
      latest.hear(request);
      return { sandbox: toHostSandbox(await sandboxes.start(request.sandboxId, request.attempt)) };
    }),

    setKeys: refusing(async ({ sandboxId, attempt, keys }) => ({
      // Validation has seen to it that they are there.
      sandbox: keys && toHostSandbox(await sandboxes.setKeys(sandboxId, attempt, toKeys(keys))),
    })),

    setExpiries: refusing(async ({ expiries, saidAt }) => {
      await sandboxes.setExpiries(expiries.map(toExpiry), Number(saidAt));
      return {};
    }),

    ...layerHandlers(context, sandboxes),

    destroySandbox: refusing(async ({ sandboxId, attempt }) => {
      const destroyed = await sandboxes.destroy(sandboxId, attempt);
      latest.forget(sandboxId);
      return destroyed;
    }),

    async *run({ run }, { signal }) {
      if (!run) return; // validation has refused it
      try {
        for await (const event of sandboxes.run(run.sandboxId, toRunSpec(run), signal))
          yield toRunResponse(event, store.held.host.id);
      } catch (error) {
        throw toWireError(context, error);
      }
    },

    ...fileHandlers(context, sandboxes),
    ...processHandlers(context, sandboxes),
    ...portHandlers(context, sandboxes),
    ...observationHandlers(context, sandboxes),
    ...updateHandlers(context, updates),
    ...accessHandlers(context, access, connection.instanceId),
  };

  function refusing<Input, Output>(handle: (request: Input) => Promise<Output>): (request: Input) => Promise<Output> {
    return (request) =>
      handle(request).catch((error: unknown) => {
        throw toWireError(context, error);
      });
  }

  return service;
}
