import { durationMs, timestampFromDate } from '@bufbuild/protobuf/wkt';
import type { ConnectRouter } from '@connectrpc/connect';
import { SandboxService } from '#proto/muster/v1/sandbox_pb.js';
import { recordAudit } from '../audit/index.ts';
import type { HostCalls } from '../hosts/index.ts';
import type { SandboxDoor } from '../sandboxes/index.ts';
import { requestContext } from '../server/request-context.ts';
import { signLink } from './links.ts';
import type { Places } from './places.ts';

interface Parts {
  readonly calls: HostCalls;
  readonly door: SandboxDoor;
  readonly places: Places;
}

const listTimeoutMs = 10_000;
const defaultTimeoutMs = 3_600_000;

/** Those methods of SandboxService that are about ports. */
export function endpointRoutes(router: ConnectRouter, { calls, door, places }: Parts): void {
  const { listPorts, getEndpoint, signEndpoint } = SandboxService.method;

  router.rpc(listPorts, async ({ sandboxId }, { values }) => {
    const context = values.get(requestContext);
    const { hostId } = await door.visit(context, sandboxId, 'sandbox.read');
    return calls
      .call(hostId, listTimeoutMs, (client, options) => client.listPorts({ sandboxId }, options), context.signal)
      .then(({ ports }) => ({ ports }));
  });

  router.rpc(getEndpoint, async ({ sandboxId, port }, { values }) => {
    await door.find(values.get(requestContext), sandboxId, 'sandbox.endpoint');
    const [pathUrl, hostUrl] = [places.pathUrl({ sandboxId, port }), places.hostUrl({ sandboxId, port })];
    return { url: hostUrl || pathUrl, pathUrl, hostUrl };
  });

  router.rpc(signEndpoint, async ({ sandboxId, port, timeout }, { values }) => {
    const context = values.get(requestContext);
    const { teamId } = await door.find(context, sandboxId, 'sandbox.endpoint');
    const timeoutMs = timeout ? durationMs(timeout) : defaultTimeoutMs;
    const expiresAt = new Date(Math.floor((context.clock.now() + timeoutMs) / 1000) * 1000);
    await context.transaction((sql) =>
      recordAudit(sql, context, {
        action: 'sandbox.endpoint',
        target: sandboxId,
        teamId,
        after: { port, expiresAt },
      }),
    );
    const link = signLink(context, { sandboxId, port }, expiresAt);
    const [pathUrl, hostUrl] = [places.pathUrl({ sandboxId, port }, link), places.hostUrl({ sandboxId, port }, link)];
    return { url: hostUrl || pathUrl, expiresAt: timestampFromDate(expiresAt), pathUrl, hostUrl };
  });
}
