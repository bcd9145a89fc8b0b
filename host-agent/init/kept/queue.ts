import type { OutputChannel } from '../frames.ts';

/** Something that a reader has not taken yet. */
type Piece =
  | { readonly type: 'data'; readonly channel: OutputChannel; readonly bytes: Buffer }
  | { readonly type: 'place'; readonly offset: number };

const maxPiece = 64 * 1024;

/**
 * Output in the order in which it was written. However small the pieces are that a guest writes, each costs little more
 * than its bytes: they stand in one buffer, and beside it one number each.
 */
export class OutputQueue {
  #bytes = Buffer.alloc(0);
  #start = 0;
  #end = 0;
  /** Of data: its length times four and its channel; of a place: minus one and its offset below zero. */
  #items: number[] = [];
  #first = 0;

  push(channel: OutputChannel, bytes: Buffer): void {
    this.#makeRoom(bytes.length);
    bytes.copy(this.#bytes, this.#end);
    this.#end += bytes.length;
    const last = this.#items.length - 1;
    const item = this.#items[last];
    const joins = last >= this.#first && item !== undefined && item >= 0 && item % 4 === channel;
    if (joins && item / 4 + bytes.length <= maxPiece) this.#items[last] = item + bytes.length * 4;
    else this.#items.push(bytes.length * 4 + channel);
  }

  /** What follows begins at this offset. */
  pushPlace(offset: number): void {
    const last = this.#items.length - 1;
    if (last >= this.#first && this.#items[last]! < 0) this.#items[last] = -1 - offset;
    else this.#items.push(-1 - offset);
  }

  shift(): Piece | undefined {
    const item = this.#items[this.#first];
    if (item === undefined) return undefined;
    this.#first += 1;
    if (this.#first === this.#items.length) {
      this.#items = [];
      this.#first = 0;
    }
    if (item < 0) return { type: 'place', offset: -1 - item };
    const length = Math.floor(item / 4);
    const bytes = Buffer.from(this.#bytes.subarray(this.#start, this.#start + length));
    this.#start += length;
    if (this.#start === this.#end) {
      this.#start = this.#end = 0;
      // One that has caught up holds nothing.
      if (this.#bytes.length > maxPiece) this.#bytes = Buffer.alloc(0);
    }
    return { type: 'data', channel: item % 4 === 1 ? 1 : 2, bytes };
  }

  #makeRoom(size: number): void {
    if (this.#bytes.length - this.#end >= size) return;
    const waiting = this.#end - this.#start;
    const to =
      waiting + size > this.#bytes.length / 2
        ? Buffer.allocUnsafeSlow(Math.max(4096, 2 * (waiting + size)))
        : this.#bytes;
    this.#bytes.copy(to, 0, this.#start, this.#end);
    this.#bytes = to;
    this.#start = 0;
    this.#end = waiting;
  }
}
