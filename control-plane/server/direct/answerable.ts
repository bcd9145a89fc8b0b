import type { MethodImplSpec } from '@connectrpc/connect';
import { contentTypeStreamProto, contentTypeUnaryProto } from '@connectrpc/connect/protocol-connect';
import { headerOf, type NodeRequest } from '../http-types.ts';

export type Unary = Extract<MethodImplSpec, { kind: 'unary' }>;
export type ServerStreaming = Extract<MethodImplSpec, { kind: 'server_streaming' }>;

const contentTypes: Partial<Record<MethodImplSpec['kind'], string>> = {
  unary: contentTypeUnaryProto,
  server_streaming: contentTypeStreamProto,
};

/**
 * Whether a call is one that is answered here: in the binary form of the Connect protocol, with one message that is not
 * compressed, as SDKs send nearly all of theirs. The library answers everything else.
 */
export function isAnswerable(spec: MethodImplSpec, request: NodeRequest): spec is Unary | ServerStreaming {
  const { headers } = request;
  return (
    request.method === 'POST' &&
    headers['content-type'] === contentTypes[spec.kind] &&
    isPlain(headerOf(request, 'content-encoding')) &&
    isPlain(headerOf(request, 'connect-content-encoding')) &&
    (headers['connect-protocol-version'] ?? '1') === '1' &&
    /^(?:[1-9]\d{0,9})?$/.test(headerOf(request, 'connect-timeout-ms') ?? '')
  );
}

const isPlain = (encoding: string | undefined) => encoding === undefined || encoding === 'identity';
