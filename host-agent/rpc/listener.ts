import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2';
import type { DescService } from '@bufbuild/protobuf';
import { createConnectRouter, createServiceImplSpec, type ServiceImpl } from '@connectrpc/connect';
import { universalRequestFromNodeRequest, universalResponseToNodeResponse } from '@connectrpc/connect-node';
import { createValidateInterceptor } from '@connectrpc/validate';
import { HostAgentService } from '#proto/muster/agent/v1/host_agent_pb.js';
import type { Context } from '../context.ts';
import { answerDirectly, isDirect, maxMessageBytes, type DirectMethod } from './direct.ts';

/** Answers the calls of the control plane. What streams its requests goes through the library. */
export function rpcListener({ log }: Context, service: ServiceImpl<typeof HostAgentService>) {
  const router = createConnectRouter({
    interceptors: [createValidateInterceptor()],
    grpc: false,
    grpcWeb: false,
    // Most of what goes through is small or random; compressing it costs more than it saves.
    acceptCompression: [],
    readMaxBytes: maxMessageBytes,
  });
  router.service(HostAgentService, service);
  const handlers = new Map(router.handlers.map((handler) => [handler.requestPath, handler]));
  const direct = directMethods(service);

  return (request: Http2ServerRequest, response: Http2ServerResponse): void => {
    const spec = direct.get(request.url);
    if (spec && isDirect(spec, request.headers)) {
      void answerDirectly(spec, request.stream, request.headers);
      return;
    }
    const handler = handlers.get(request.url);
    if (!handler) {
      response.writeHead(404).end();
      return;
    }
    // The library's own adapter prints every caller who left as a failure.
    handler(universalRequestFromNodeRequest(request, response, undefined, undefined))
      .then((answer) => universalResponseToNodeResponse(answer, response))
      .catch((error: unknown) =>
        log.debug({ err: error, method: handler.method.name }, 'A caller left before its answer.'),
      );
  };
}

/** By their paths. */
function directMethods(service: ServiceImpl<typeof HostAgentService>): ReadonlyMap<string, DirectMethod> {
  // The library's type is for a service of which nothing is known.
  const { methods } = createServiceImplSpec(HostAgentService, service as unknown as Partial<ServiceImpl<DescService>>);
  return new Map(
    Object.values(methods).flatMap((spec) =>
      spec.kind === 'unary' || spec.kind === 'server_streaming'
        ? [[`/${HostAgentService.typeName}/${spec.method.name}`, spec] as const]
        : [],
    ),
  );
}
