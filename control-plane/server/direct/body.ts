import { Code, ConnectError } from '@connectrpc/connect';
import { EnvelopeError, EnvelopeReader } from '#contract/envelopes.ts';
import { Reason } from '#proto/muster/v1/errors_pb.js';
import { Refusal } from '../../errors.ts';
import type { NodeRequest } from '../http-types.ts';

/** All that a request has. Throws TOO_LARGE, or `canceled` where it breaks off. */
export function readBody(request: NodeRequest, maxBytes: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const pieces: Buffer[] = [];
    let size = 0;
    request.on('data', (piece: Buffer) => {
      size += piece.length;
      if (size <= maxBytes) pieces.push(piece);
      // What follows is read and thrown away, so that the caller gets to read the answer.
      else if (pieces.splice(0)) reject(tooLarge(maxBytes));
    });
    request.once('end', () => resolve(pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces)));
    // Every request closes; an error for each that is whole was 3 % of what a heartbeat takes.
    const broken = () => request.readableEnded || reject(new ConnectError('the request broke off', Code.Canceled));
    request.once('error', broken);
    request.once('close', broken);
  });
}

/** The one message of a stream that is a whole request. */
export function onlyMessage(body: Buffer, maxBytes: number): Buffer {
  try {
    const reader = new EnvelopeReader(maxBytes);
    const [message, ...more] = reader.read(body);
    if (message && more.length === 0 && !reader.isInside && !message.isEnd) return message.data;
  } catch (error) {
    if (!(error instanceof EnvelopeError)) throw error;
  }
  throw new ConnectError('The request must have exactly one message', Code.InvalidArgument);
}

const tooLarge = (maxBytes: number) =>
  new Refusal(Code.ResourceExhausted, Reason.TOO_LARGE, `A message may have ${maxBytes} bytes at most.`, {
    help: 'Send less at once.',
  });
