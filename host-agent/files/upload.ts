import type { FileStream } from './stream.ts';

/** What an upload consists of: bytes, and that they have ended. Parts that end without that were broken off. */
export type UploadPart = { readonly bytes: Uint8Array } | { readonly end: true };

const maxPiece = 1024 * 1024;

/** Hands the parts to the init's child, each with its length; a length of 0 says that it was all. */
export async function takePieces(stream: FileStream, parts: AsyncIterable<UploadPart>): Promise<void> {
  const taking = parts[Symbol.asyncIterator]();
  // A child that has ended takes nothing any more, also where its caller does not send.
  const ended = stream.closed.then(() => undefined);
  try {
    while (!stream.isOver) {
      const taken = await Promise.race([taking.next(), ended]);
      if (!taken) return;
      if (taken.done) break;
      const part = taken.value;
      if ('end' in part) {
        await stream.write(lengthOf(0));
        break;
      }
      for (let at = 0; at < part.bytes.length; at += maxPiece) {
        const piece = part.bytes.subarray(at, at + maxPiece);
        await stream.write(lengthOf(piece.length));
        await stream.write(piece);
      }
    }
  } finally {
    stream.endInput();
    // Nobody waits: it may be waiting for a caller who sends nothing.
    void taking.return?.().catch(() => undefined);
  }
}

function lengthOf(size: number): Buffer {
  const bytes = Buffer.allocUnsafe(4);
  bytes.writeUInt32LE(size, 0);
  return bytes;
}
