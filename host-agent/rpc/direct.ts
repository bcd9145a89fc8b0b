import type { IncomingHttpHeaders, ServerHttp2Stream } from 'node:http2';
import { create, fromBinary, toBinary, type DescMessage, type MessageShape } from '@bufbuild/protobuf';
import { Code, ConnectError, createHandlerContext, type MethodImplSpec } from '@connectrpc/connect';
import {
  codeToHttpStatus,
  contentTypeStreamProto,
  contentTypeUnaryProto,
  endStreamToJson,
  errorToJsonBytes,
} from '@connectrpc/connect/protocol-connect';
import { createValidator } from '@bufbuild/protovalidate';
import { encodeEnvelope, EnvelopeReader } from '#contract/envelopes.ts';
import { Outbox } from './outbox.ts';

/** The methods that take one request. */
export type DirectMethod = Extract<MethodImplSpec, { kind: 'unary' | 'server_streaming' }>;

export const maxMessageBytes = 8 * 1024 * 1024;
/** A command that ends at once tells its start and its end in one frame: one hop less through three programs. */
const gatherFirstMs: Readonly<Record<string, number>> = { Run: 2 };
const validator = createValidator();
const callOver = new ConnectError('the call has ended', Code.Canceled);
const callerLeft = new ConnectError('the caller went away', Code.Canceled);

/** Whether a request is one that can be answered directly: in the binary form, not compressed. */
export function isDirect({ kind }: DirectMethod, headers: IncomingHttpHeaders): boolean {
  const wanted = kind === 'unary' ? contentTypeUnaryProto : contentTypeStreamProto;
  return headers['content-type'] === wanted && !headers['content-encoding'] && !headers['connect-content-encoding'];
}

/**
 * Answers a call in the Connect protocol, without the library's layers of iterators: they took as long as everything
 * else that the agent does for a short command.
 */
export async function answerDirectly(
  spec: DirectMethod,
  stream: ServerHttp2Stream,
  headers: IncomingHttpHeaders,
): Promise<void> {
  const left = new AbortController();
  // What becomes of the stream is told by its close.
  stream.on('error', () => {});
  stream.once('close', () => left.abort(callerLeft));
  const timeout = Number(headers['connect-timeout-ms']);
  const context = createHandlerContext({
    service: spec.method.parent,
    method: spec.method,
    protocolName: 'connect',
    requestMethod: 'POST',
    url: `/${spec.method.parent.typeName}/${spec.method.name}`,
    timeoutMs: timeout > 0 ? timeout : undefined,
    requestSignal: left.signal,
  });
  try {
    if (spec.kind === 'unary') await answerOnce(spec, stream, context);
    else await answerInPieces(spec, stream, context);
  } finally {
    context.abort(callOver);
  }
}

type Context = ReturnType<typeof createHandlerContext>;
type Unary = Extract<MethodImplSpec, { kind: 'unary' }>;
type Streaming = Extract<MethodImplSpec, { kind: 'server_streaming' }>;

async function answerOnce({ method, impl }: Unary, stream: ServerHttp2Stream, context: Context): Promise<void> {
  const answer = await attempt(async () => {
    const request = read(method.input, await whole(stream));
    return toBinary(method.output, create(method.output, await impl(request, context)));
  });
  if (stream.destroyed) return;
  if (answer instanceof ConnectError) {
    stream.respond({ ':status': codeToHttpStatus(answer.code), 'content-type': 'application/json' });
    stream.end(errorToJsonBytes(answer, undefined));
  } else {
    stream.respond({ ':status': 200, 'content-type': contentTypeUnaryProto });
    stream.end(answer);
  }
}

async function answerInPieces({ method, impl }: Streaming, stream: ServerHttp2Stream, context: Context): Promise<void> {
  const outbox = new Outbox(stream, gatherFirstMs[method.name] ?? 0);
  const failure = await attempt(async () => {
    const [request] = new EnvelopeReader(maxMessageBytes).read(await whole(stream));
    if (!request) throw new ConnectError('the request is missing', Code.InvalidArgument);
    for await (const answer of impl(read(method.input, request.data), context)) {
      const room = outbox.add(encodeEnvelope(toBinary(method.output, create(method.output, answer))));
      if (room) await room;
      if (stream.destroyed) return;
    }
  });
  const end = failure ? JSON.stringify(endStreamToJson(new Headers(), failure, undefined)) : '{}';
  outbox.end(encodeEnvelope(Buffer.from(end), true));
}

/** What the work gives, or what is said of its failure. */
async function attempt<Result>(work: () => Promise<Result>): Promise<Result | ConnectError> {
  try {
    return await work();
  } catch (error) {
    return ConnectError.from(error, Code.Internal);
  }
}

function read<Input extends DescMessage>(input: Input, data: Uint8Array): MessageShape<Input> {
  const request = parse(input, data);
  const { kind, error } = validator.validate(input, request);
  if (kind !== 'valid') throw new ConnectError(String(error), Code.InvalidArgument, undefined, undefined, error);
  return request;
}

function parse<Input extends DescMessage>(input: Input, data: Uint8Array): MessageShape<Input> {
  try {
    return fromBinary(input, data);
  } catch (error) {
    throw ConnectError.from(error, Code.InvalidArgument);
  }
}

async function whole(stream: ServerHttp2Stream): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let size = 0;
  // A stream without encoding gives buffers.
  for await (const piece of stream as AsyncIterable<Buffer>) {
    size += piece.length;
    if (size > maxMessageBytes) throw new ConnectError('the request is too large', Code.ResourceExhausted);
    pieces.push(piece);
  }
  return pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces, size);
}
