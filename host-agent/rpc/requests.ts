import { fromBinary, type DescMessage, type MessageShape } from '@bufbuild/protobuf';
import { createValidator } from '@bufbuild/protovalidate';
import type { ServerHttp2Stream } from 'node:http2';
import { Code, ConnectError } from '@connectrpc/connect';
import { EnvelopeError, EnvelopeReader } from '#contract/envelopes.ts';

export const maxMessageBytes = 8 * 1024 * 1024;
export const callerLeft = new ConnectError('the caller went away', Code.Canceled);

const validator = createValidator();

/** The one request of a unary call. */
export async function readWhole<Input extends DescMessage>(
  input: Input,
  stream: ServerHttp2Stream,
): Promise<MessageShape<Input>> {
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of piecesOf(stream)) {
    size += piece.length;
    if (size > maxMessageBytes) throw new ConnectError('the request is too large', Code.ResourceExhausted);
    pieces.push(piece);
  }
  return read(input, pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces, size));
}

/** The requests of a stream as they come; nothing is read ahead of who takes them. */
export async function* readMany<Input extends DescMessage>(
  input: Input,
  stream: ServerHttp2Stream,
): AsyncGenerator<MessageShape<Input>> {
  const reader = new EnvelopeReader(maxMessageBytes);
  try {
    for await (const piece of piecesOf(stream)) for (const { data } of reader.read(piece)) yield read(input, data);
  } catch (error) {
    throw error instanceof EnvelopeError ? ConnectError.from(error, Code.InvalidArgument) : error;
  }
  if (reader.isInside) throw new ConnectError('the last request is not whole', Code.InvalidArgument);
}

/** The stream stays open for the answer, whether all was read or not. What breaks off does not end like what is whole. */
async function* piecesOf(stream: ServerHttp2Stream): AsyncGenerator<Buffer> {
  // A stream without encoding gives buffers.
  const pieces: AsyncIterable<Buffer> = stream.iterator({ destroyOnReturn: false });
  yield* pieces;
  if (stream.aborted) throw callerLeft;
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
