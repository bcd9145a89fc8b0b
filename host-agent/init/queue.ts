import type { OutputChannel } from './frames.ts';
import type { ProcessEvent } from './process.ts';

interface Piece {
  readonly channel: OutputChannel;
  bytes: Buffer;
  length: number;
}

/** Beyond that many waiting pieces, order between stdout and stderr is given up so that small ones can be joined. */
const manyPieces = 64;
const maxPiece = 64 * 1024;

/**
 * What a process did and nobody has taken yet. A guest that writes byte by byte to a slow reader costs no more memory
 * than one that writes in large pieces: small pieces are joined.
 */
export class EventQueue {
  readonly #items: (Piece | Exclude<ProcessEvent, { type: 'data' }>)[] = [];
  readonly #last: (Piece | undefined)[] = [undefined, undefined, undefined];

  get length(): number {
    return this.#items.length;
  }

  push(event: ProcessEvent): void {
    if (event.type !== 'data') this.#items.push(event);
    else if (!this.#join(event.channel, event.bytes)) this.#append(event.channel, event.bytes);
  }

  shift(): ProcessEvent | undefined {
    const item = this.#items.shift();
    if (!item || 'type' in item) return item;
    if (this.#last[item.channel] === item) this.#last[item.channel] = undefined;
    return { type: 'data', channel: item.channel, bytes: item.bytes.subarray(0, item.length) };
  }

  #join(channel: OutputChannel, bytes: Buffer): boolean {
    const piece = this.#last[channel];
    const isNewest = this.#items.at(-1) === piece;
    if (!piece || !(isNewest || this.#items.length >= manyPieces) || piece.length + bytes.length > maxPiece)
      return false;
    if (piece.length + bytes.length > piece.bytes.length) {
      const larger = Buffer.allocUnsafe(Math.min(maxPiece, Math.max(512, 2 * (piece.length + bytes.length))));
      piece.bytes.copy(larger, 0, 0, piece.length);
      piece.bytes = larger;
    }
    bytes.copy(piece.bytes, piece.length);
    piece.length += bytes.length;
    return true;
  }

  #append(channel: OutputChannel, bytes: Buffer): void {
    // What arrived is a view into a large chunk; a small piece that has to wait must not keep all of it.
    const own = this.#items.length > 0 && bytes.length < 4096 ? Buffer.from(bytes) : bytes;
    const piece: Piece = { channel, bytes: own, length: own.length };
    this.#last[channel] = piece;
    this.#items.push(piece);
  }
}
