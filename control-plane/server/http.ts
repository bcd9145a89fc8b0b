import type { Origin, Services } from '../context.ts';
import type { Bridge } from './bridge.ts';
import type { Calls } from './calls.ts';
import type { EndpointServer } from './endpoint-server.ts';
import { serveConsole } from './console/serve.ts';
import { answerText, type NodeRequest, type NodeResponse } from './http-types.ts';
import { installHandlers } from './install/index.ts';
import { operationHandlers } from './operations.ts';
import { originOf } from './origin.ts';
import type { RpcServer } from './rpc.ts';
import { toWireError } from './wire-errors.ts';
import { Code } from '@connectrpc/connect';

/** Addresses that features answer by themselves, for browsers that go there. */
export type Pages = ReadonlyMap<
  string,
  (request: NodeRequest, response: NodeResponse, origin: Origin) => Promise<void>
>;

interface Answers {
  readonly pages?: Pages | undefined;
  readonly bridges?: readonly Bridge[];
  readonly endpoints?: EndpointServer;
}

/** The one handler behind the port: RPCs by their path, what machines ask, and the console for everything else. */
export function httpHandler(
  services: Services,
  calls: Calls,
  rpc: RpcServer,
  { pages = new Map(), bridges = [], endpoints }: Answers,
): (request: NodeRequest, response: NodeResponse) => void {
  const operations = new Map([...operationHandlers(services, calls), ...installHandlers(services), ...pages]);

  const handle = async (request: NodeRequest, response: NodeResponse, origin: Origin) => {
    const path = pathOf(request);
    if (path === undefined) return answerText(response, 400, 'The request names no valid host or path.');
    if (endpoints?.isFor(request)) {
      const countOut = calls.begin();
      return endpoints.handle(request, response, origin, calls.lastSignal).finally(countOut);
    }
    const call = rpc.find(path);
    if (call) return call(request, response, origin);
    const operation = operations.get(path);
    if (operation && request.method !== 'GET' && request.method !== 'HEAD')
      return answerText(response, 405, 'Send a GET.', { allow: 'GET, HEAD' });
    if (operation) return operation(request, response, origin);
    const bridge = bridges.find((one) => one.matches(path));
    if (bridge)
      return bridge.serve({
        request,
        response,
        path,
        origin,
        transport: rpc.as(request, origin),
        calls,
        log: services.log,
      });
    return serveConsole(services.config.webDir, request, response, path);
  };

  return (request, response) => {
    const origin = originOf(request, services);
    // A request that breaks on its way, or whose caller goes away, is nobody's fault.
    request.on('error', () => {});
    response.on('error', () => {});
    handle(request, response, origin).catch((error: unknown) => fail(services, request, response, origin, error));
  };
}

/** The path without its query; undefined for what cannot stand in a URL. */
function pathOf(request: NodeRequest): string | undefined {
  const authority = request.headers[':authority'] ?? request.headers.host;
  if (typeof authority !== 'string' || !request.url?.startsWith('/')) return undefined;
  return URL.canParse(request.url, `http://${authority}`) ? request.url.split('?', 1)[0] : undefined;
}

function fail(
  { log }: Services,
  request: NodeRequest,
  response: NodeResponse,
  { requestId }: Origin,
  error: unknown,
): void {
  if (response.headersSent || response.writableEnded || response.destroyed) {
    log.debug({ err: error, requestId }, 'an answer could not be written');
    response.destroy();
    return;
  }
  const wire = toWireError(error, requestId);
  log.error({ err: error, requestId, method: request.method, path: request.url?.split('?', 1)[0] }, 'a request failed');
  answerText(response, wire.code === Code.Unavailable ? 503 : 500, wire.rawMessage, { 'cache-control': 'no-store' });
}
