import type { IncomingHttpHeaders, ServerHttp2Stream } from 'node:http2';
import type { DescService } from '@bufbuild/protobuf';
import { createServiceImplSpec, type MethodImplSpec, type ServiceImpl } from '@connectrpc/connect';
import { HostAgentService } from '#proto/muster/agent/v1/host_agent_pb.js';
import { answer, isAnswerable } from './direct.ts';

/** Answers the calls of the control plane. */
export function rpcListener(service: ServiceImpl<typeof HostAgentService>) {
  const specs = byPath(service);
  return (stream: ServerHttp2Stream, headers: IncomingHttpHeaders): void => {
    const spec = specs.get(headers[':path'] ?? '');
    if (!spec) refuse(stream, 404);
    else if (!isAnswerable(spec, headers)) refuse(stream, 415);
    else void answer(spec, stream, headers);
  };
}

function byPath(service: ServiceImpl<typeof HostAgentService>): ReadonlyMap<string, MethodImplSpec> {
  // The library's type is for a service of which nothing is known.
  const unknownService = service as unknown as Partial<ServiceImpl<DescService>>;
  const { methods } = createServiceImplSpec(HostAgentService, unknownService);
  return new Map(Object.values(methods).map((spec) => [`/${HostAgentService.typeName}/${spec.method.name}`, spec]));
}

function refuse(stream: ServerHttp2Stream, status: number): void {
  // Whoever has left needs no answer.
  if (stream.destroyed || stream.closed) return;
  stream.on('error', () => {});
  stream.respond({ ':status': status }, { endStream: true });
}
