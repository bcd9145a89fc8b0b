import type { IncomingHttpHeaders, ServerHttp2Stream } from 'node:http2';
import { create, toBinary, type DescMessage, type MessageInitShape } from '@bufbuild/protobuf';
import { Code, ConnectError, type HandlerContext, type MethodImplSpec } from '@connectrpc/connect';
import {
  codeToHttpStatus,
  contentTypeStreamProto,
  contentTypeUnaryProto,
  endStreamToJson,
  errorToJsonBytes,
} from '@connectrpc/connect/protocol-connect';
import { encodeEnvelope, plainEnd } from '#contract/envelopes.ts';
import { encodeParts } from '#contract/message-parts.ts';
import { CallContext } from './call-context.ts';
import { Outbox } from './outbox.ts';
import { readMany, readWhole } from './requests.ts';

/** A command that ends at once tells its start and its end in one frame: one hop less through three programs. */
const gatherFirstMs: Readonly<Record<string, number>> = { Run: 4 };

/** Whether a request is one that can be answered here: in the binary form, not compressed. */
export function isAnswerable({ kind }: MethodImplSpec, headers: IncomingHttpHeaders): boolean {
  const wanted = kind === 'unary' ? contentTypeUnaryProto : contentTypeStreamProto;
  return headers['content-type'] === wanted && !headers['content-encoding'] && !headers['connect-content-encoding'];
}

/**
 * Answers a call in the Connect protocol, without the library's layers of iterators: they took as long as everything
 * else that the agent does for a short command.
 */
export async function answer(
  spec: MethodImplSpec,
  stream: ServerHttp2Stream,
  headers: IncomingHttpHeaders,
): Promise<void> {
  // What becomes of the stream is told by its close.
  stream.on('error', () => {});
  const context = new CallContext(spec.method, stream, headers);
  try {
    if (spec.kind === 'unary') await answerOnce(spec, stream, context);
    else await answerInPieces(spec, stream, context);
  } finally {
    context.over();
  }
}

type Unary = Extract<MethodImplSpec, { kind: 'unary' }>;
type Streaming = Exclude<MethodImplSpec, { kind: 'unary' }>;

async function answerOnce({ method, impl }: Unary, stream: ServerHttp2Stream, context: HandlerContext): Promise<void> {
  const message = await attempt(async () =>
    toBinary(method.output, create(method.output, await impl(await readWhole(method.input, stream), context))),
  );
  if (stream.destroyed) return;
  if (message instanceof ConnectError) {
    stream.respond({ ':status': codeToHttpStatus(message.code), 'content-type': 'application/json' });
    stream.end(errorToJsonBytes(message, undefined));
  } else {
    stream.respond({ ':status': 200, 'content-type': contentTypeUnaryProto });
    stream.end(message);
  }
}

async function answerInPieces(spec: Streaming, stream: ServerHttp2Stream, context: HandlerContext): Promise<void> {
  const { output } = spec.method;
  const outbox = new Outbox(stream, gatherFirstMs[spec.method.name] ?? 0);
  const failure = await attempt(async () => {
    for await (const message of answersOf(spec, stream, context)) {
      const room = outbox.add(encodeParts(output, message));
      if (room) await room;
      if (stream.destroyed) return;
    }
  });
  const end = failure ? Buffer.from(JSON.stringify(endStreamToJson(new Headers(), failure, undefined))) : plainEnd;
  outbox.end(encodeEnvelope(end, true));
}

async function* answersOf(
  spec: Streaming,
  stream: ServerHttp2Stream,
  context: HandlerContext,
): AsyncGenerator<MessageInitShape<DescMessage>> {
  const requests = readMany(spec.method.input, stream);
  if (spec.kind === 'client_streaming') yield await spec.impl(requests, context);
  else if (spec.kind === 'bidi_streaming') yield* spec.impl(requests, context);
  else {
    const first = await requests.next();
    await requests.return(undefined);
    if (first.done) throw new ConnectError('the request is missing', Code.InvalidArgument);
    yield* spec.impl(first.value, context);
  }
}

/** What the work gives, or what is said of its failure. */
async function attempt<Result>(work: () => Promise<Result>): Promise<Result | ConnectError> {
  try {
    return await work();
  } catch (error) {
    return ConnectError.from(error, Code.Internal);
  }
}
