import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2';
import type { DescService } from '@bufbuild/protobuf';
import { createServiceImplSpec, type MethodImplSpec, type ServiceImpl } from '@connectrpc/connect';
import { HostAgentService } from '#proto/muster/agent/v1/host_agent_pb.js';
import { answer, isAnswerable } from './direct.ts';

/** Answers the calls of the control plane. */
export function rpcListener(service: ServiceImpl<typeof HostAgentService>) {
  const specs = byPath(service);
  return (request: Http2ServerRequest, response: Http2ServerResponse): void => {
    const spec = specs.get(request.url);
    if (!spec) response.writeHead(404).end();
    else if (!isAnswerable(spec, request.headers)) response.writeHead(415).end();
    else void answer(spec, request.stream, request.headers);
  };
}

function byPath(service: ServiceImpl<typeof HostAgentService>): ReadonlyMap<string, MethodImplSpec> {
  // The library's type is for a service of which nothing is known.
  const unknownService = service as unknown as Partial<ServiceImpl<DescService>>;
  const { methods } = createServiceImplSpec(HostAgentService, unknownService);
  return new Map(Object.values(methods).map((spec) => [`/${HostAgentService.typeName}/${spec.method.name}`, spec]));
}
