import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2';
import { createConnectRouter, type ConnectRouter } from '@connectrpc/connect';
import { universalRequestFromNodeRequest, universalResponseToNodeResponse } from '@connectrpc/connect-node';
import { createValidateInterceptor } from '@connectrpc/validate';
import type { Context } from '../context.ts';

/** Answers the calls of the control plane. The library's own adapter prints every caller who left as a failure. */
export function rpcListener({ log }: Context, routes: (router: ConnectRouter) => void) {
  const router = createConnectRouter({
    interceptors: [createValidateInterceptor()],
    grpc: false,
    grpcWeb: false,
    // Most of what goes through is small or random; compressing it costs more than it saves.
    acceptCompression: [],
    readMaxBytes: 8 * 1024 * 1024,
  });
  routes(router);
  const handlers = new Map(router.handlers.map((handler) => [handler.requestPath, handler]));

  return (request: Http2ServerRequest, response: Http2ServerResponse): void => {
    const handler = handlers.get(request.url);
    if (!handler) {
      response.writeHead(404).end();
      return;
    }
    handler(universalRequestFromNodeRequest(request, response, undefined, undefined))
      .then((answer) => universalResponseToNodeResponse(answer, response))
      .catch((error: unknown) =>
        log.debug({ err: error, method: handler.method.name }, 'A caller left before its answer.'),
      );
  };
}
