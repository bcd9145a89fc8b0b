import type { ConnectRouter } from '@connectrpc/connect';
import { SandboxService } from '#proto/muster/v1/sandbox_pb.js';
import { hostUnreachable, wrongState } from '../errors.ts';
import type { HostCalls } from '../hosts/index.ts';
import { situationOf, type SandboxDoor } from '../sandboxes/index.ts';
import { requestContext } from '../server/request-context.ts';

const metricsTimeoutMs = 10_000;
/** Longer than a host reads what processes wrote. */
const logsTimeoutMs = 20_000;

/** Those methods of SandboxService that say what goes on in a sandbox. None of them counts as use of it. */
export function observationRoutes(
  router: ConnectRouter,
  { calls, door }: { readonly calls: HostCalls; readonly door: SandboxDoor },
): void {
  const { getMetrics, getLogs } = SandboxService.method;
  const unreachable = () => hostUnreachable('The host of this sandbox cannot be reached now.');

  router.rpc(getMetrics, async (request, { values }) => {
    const context = values.get(requestContext);
    const sandbox = await door.find(context, request.sandboxId, 'sandbox.read');
    const situation = situationOf(sandbox);
    if (situation === 'missing') throw unreachable();
    if (situation === 'failed' || situation === 'destroyed')
      throw wrongState(
        'This sandbox has ended: what it used went with it.',
        'Its events and its log say why it ended.',
      );
    const { metrics } = await calls.call(
      sandbox.hostId,
      metricsTimeoutMs,
      (client, options) => client.getMetrics({ get: request }, options),
      context.signal,
    );
    return metrics ?? {};
  });

  router.rpc(getLogs, async (request, { values }) => {
    const context = values.get(requestContext);
    const sandbox = await door.find(context, request.sandboxId, 'sandbox.logs');
    const situation = situationOf(sandbox);
    if (situation === 'missing') throw unreachable();
    if (situation === 'failed' || situation === 'destroyed') return endedLog(await door.lastLog(context, sandbox.id));
    const { logs } = await calls.call(
      sandbox.hostId,
      logsTimeoutMs,
      (client, options) => client.getLogs({ get: request }, options),
      context.signal,
    );
    return logs ?? {};
  });
}

const endedLog = (lastLog: string) => ({
  logs: [{ parts: lastLog === '' ? [] : [{ data: Buffer.from(lastLog) }] }],
  missing: 'This sandbox has ended: what its processes wrote went with it.',
});
