import { createValidateInterceptor } from '@connectrpc/validate';
import type { DescMethod, DescService } from '@bufbuild/protobuf';
import {
  createConnectRouter,
  createContextValues,
  createMethodImplSpec,
  createServiceImplSpec,
  type ConnectRouter,
  type ContextValues,
  type MethodImplSpec,
  type Transport,
} from '@connectrpc/connect';
import type { UniversalHandler } from '@connectrpc/connect/protocol';
import {
  compressionBrotli,
  compressionGzip,
  universalRequestFromNodeRequest,
  universalResponseToNodeResponse,
} from '@connectrpc/connect-node';
import type { NoteUse } from '../audit/index.ts';
import type { Origin, Services } from '../context.ts';
import type { AdmitCall } from '../limits/index.ts';
import { callOrigin, callRaw, callStartedAt } from './call-facts.ts';
import { callLog } from './call-log.ts';
import type { Calls } from './calls.ts';
import { isAnswerable } from './direct/answerable.ts';
import { serveDirectly } from './direct/serve.ts';
import { requestGate } from './gate.ts';
import type { NodeRequest, NodeResponse } from './http-types.ts';
import { transportAs } from './in-process.ts';
import { aroundCalls } from './interceptors.ts';
import { callMetrics } from './metrics.ts';
import { peerOf } from './origin.ts';
import { withErrorInfo } from './early-errors.ts';
import { cleanTexts } from './texts/clean-request.ts';
import { validator } from './validation/validator.ts';

/** The largest message that is read. The largest field of the contract has 1 MiB. */
const readMaxBytes = 4 * 1024 * 1024;
const unaryDeadlineMs = 60_000;

/** Serves RPCs over Connect, gRPC and gRPC-Web. */
export interface RpcServer {
  /** The handler for a path; undefined where no method has it. */
  find(path: string): ((request: NodeRequest, response: NodeResponse, origin: Origin) => Promise<void>) | undefined;
  /** Calls of the API as whoever made this request. */
  as(request: NodeRequest, origin: Origin): Transport;
}

export function rpcServer(
  services: Services,
  calls: Calls,
  routes: readonly ((router: ConnectRouter) => void)[],
  { admitCall = () => undefined, noteUse = () => undefined }: { admitCall?: AdmitCall; noteUse?: NoteUse },
): RpcServer {
  const logCall = callLog(services, callMetrics(services.metrics, calls));
  const gate = requestGate(services, logCall);
  const around = [aroundCalls({ services, calls, logCall, admitCall, noteUse, unaryDeadlineMs })];
  const checks = [cleanTexts, createValidateInterceptor({ validator })];
  const interceptors = [...around, ...checks];
  const router = createConnectRouter({
    acceptCompression: [compressionGzip, compressionBrotli],
    readMaxBytes,
    requestGate: gate,
    interceptors,
  });
  const direct = { gate, around, checks, readMaxBytes };
  const specs = new Map<string, MethodImplSpec>();
  for (const route of routes) route(recording(router, specs));
  const handlers = new Map(router.handlers.map((handler) => [handler.requestPath, handler]));
  return {
    find(path) {
      const handler = handlers.get(path);
      const spec = specs.get(path);
      if (!handler || !spec) return undefined;
      return (request, response, origin) => {
        response.setHeader('muster-request-id', origin.requestId);
        if (!isAnswerable(spec, request)) return serve(handler, request, response, origin, services);
        const { requestId } = origin;
        return serveDirectly(direct, spec, { request, response, values: valuesOf(request, origin), requestId });
      };
    },
    as: (request, origin) => transportAs({ specs, gate, interceptors }, request, () => valuesOf(request, origin)),
  };
}

/** Where a method is called. */
const pathOf = ({ parent, name }: DescMethod) => `/${parent.typeName}/${name}`;

/** The router, which also keeps what serves each method. */
function recording(router: ConnectRouter, specs: Map<string, MethodImplSpec>): ConnectRouter {
  const recorder: ConnectRouter = {
    handlers: router.handlers,
    service(service, implementation, options) {
      const { methods } = createServiceImplSpec<DescService>(service, implementation);
      for (const spec of Object.values(methods)) specs.set(pathOf(spec.method), spec);
      router.service(service, implementation, options);
      return recorder;
    },
    rpc(method, implementation, options) {
      specs.set(pathOf(method), createMethodImplSpec(method, implementation));
      router.rpc(method, implementation, options);
      return recorder;
    },
  };
  return recorder;
}

async function serve(
  handler: UniversalHandler,
  request: NodeRequest,
  response: NodeResponse,
  origin: Origin,
  { log }: Services,
): Promise<void> {
  try {
    const answer = await handler(
      universalRequestFromNodeRequest(request, response, undefined, valuesOf(request, origin)),
    );
    await universalResponseToNodeResponse(await withErrorInfo(answer, origin.requestId), response);
  } catch (error) {
    // The caller went away while the answer was written: the call itself was logged.
    log.debug({ err: error, requestId: origin.requestId, rpc: handler.requestPath }, 'an answer could not be written');
  }
}

/** What is known of a call before anybody has looked at it. */
const valuesOf = (request: NodeRequest, origin: Origin): ContextValues =>
  createContextValues()
    .set(callOrigin, origin)
    .set(callRaw, { rawHeaders: request.rawHeaders, peer: peerOf(request) })
    .set(callStartedAt, performance.now());
