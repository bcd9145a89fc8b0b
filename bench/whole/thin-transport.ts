import { Agent, request, type IncomingMessage } from 'node:http';
import { create, fromBinary, toBinary, type DescMessage, type DescMethod, type MessageShape } from '@bufbuild/protobuf';
import { Code, ConnectError, type Transport } from '@connectrpc/connect';
import {
  contentTypeStreamProto,
  contentTypeUnaryProto,
  endStreamFromJson,
  errorFromJsonBytes,
} from '@connectrpc/connect/protocol-connect';
import { encodeEnvelope, EnvelopeReader, plainEnd } from '../../proto/contract/envelopes.ts';

const maxMessageBytes = 8 * 1024 * 1024;

/**
 * The Connect protocol over HTTP/1.1 with kept connections, and nothing more: the client is not what is measured. The
 * library's takes 1 ms of processor time for a call, this one half of that. Only streams can be aborted.
 */
export function thinTransport(url: string, headers: Readonly<Record<string, string>>): Transport {
  const agent = new Agent({ keepAlive: true });
  const { hostname: host, port } = new URL(url);
  const post = (method: DescMethod, contentType: string, body: Uint8Array) =>
    new Promise<IncomingMessage>((resolve, reject) => {
      const own = { 'content-type': contentType, 'content-length': body.length, 'connect-protocol-version': '1' };
      const path = `/${method.parent.typeName}/${method.name}`;
      const asked = request({ agent, host, port, path, method: 'POST', headers: { ...headers, ...own } }, resolve);
      asked.once('error', reject);
      asked.end(body);
    });
  return {
    async unary(method, _signal, _timeoutMs, _header, input) {
      const response = await post(method, contentTypeUnaryProto, toBinary(method.input, create(method.input, input)));
      const body = await whole(response);
      if (response.statusCode !== 200) throw errorFromJsonBytes(body, undefined, failureOf(response));
      const message = fromBinary(method.output, body);
      return { ...common(method), stream: false, method, message };
    },
    async stream(method, signal, _timeoutMs, _header, input) {
      const parts: Buffer[] = [];
      for await (const one of input) parts.push(encodeEnvelope(toBinary(method.input, create(method.input, one))));
      const response = await post(method, contentTypeStreamProto, Buffer.concat(parts));
      signal?.addEventListener('abort', () => response.destroy(ConnectError.from(signal.reason, Code.Canceled)));
      return { ...common(method), stream: true, method, message: answers(response, method.output) };
    },
  };
}

async function* answers<Output extends DescMessage>(
  response: IncomingMessage,
  output: Output,
): AsyncGenerator<MessageShape<Output>> {
  if (response.statusCode !== 200) throw failureOf(response);
  const reader = new EnvelopeReader(maxMessageBytes);
  for await (const piece of response as AsyncIterable<Buffer>) {
    for (const { isEnd, data } of reader.read(piece)) {
      const error = isEnd && !data.equals(plainEnd) ? endStreamFromJson(data).error : undefined;
      if (error) throw error;
      if (!isEnd) yield fromBinary(output, data);
    }
  }
}

async function whole(response: IncomingMessage): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of response as AsyncIterable<Buffer>) pieces.push(piece);
  return Buffer.concat(pieces);
}

const common = ({ parent }: DescMethod) => ({ service: parent, header: new Headers(), trailer: new Headers() });
const failureOf = ({ statusCode }: IncomingMessage) => new ConnectError(`HTTP ${statusCode}`, Code.Unknown);
