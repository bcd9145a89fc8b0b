/** The frames of `native/protocol.h`, from the agent's side. */

/** The first body on every connection begins with it: "MSTR". */
const magic = 0x5254534d;
export const protocolVersion = 1;
export const headerSize = 12;
export const maxData = 65_536;
export const maxOpen = 8 * 1024 * 1024;
export const stdinWindow = 65_536;

export const frameType = {
  hello: 1,
  ping: 2,
  pong: 3,
  open: 16,
  opened: 17,
  data: 18,
  end: 19,
  credit: 20,
  signal: 21,
  reset: 22,
  closed: 23,
  resize: 24,
  place: 25,
} as const;

export const channel = { in: 0, out: 1, err: 2 } as const;
export type OutputChannel = typeof channel.out | typeof channel.err;

/** What the init can say. */
export type Frame =
  | { readonly type: 'hello'; readonly version: number; readonly revision: number; readonly maxStreams: number }
  | { readonly type: 'pong'; readonly cookie: bigint }
  | { readonly type: 'opened'; readonly stream: number; readonly pid: number }
  | { readonly type: 'data'; readonly stream: number; readonly channel: OutputChannel; readonly bytes: Buffer }
  | { readonly type: 'end'; readonly stream: number }
  | { readonly type: 'place'; readonly stream: number; readonly offset: number }
  | { readonly type: 'credit'; readonly stream: number; readonly bytes: number }
  | { readonly type: 'closed'; readonly stream: number; readonly result: Closed };

/** How a stream ended. */
export interface Closed {
  /** Exit code; where it was not started, the errno. */
  readonly code: number;
  /** Number of the signal that ended it, 0 where none did. */
  readonly signal: number;
  readonly timedOut: boolean;
  readonly notStarted: boolean;
  readonly durationMs: number;
}

/** The other side does not speak the protocol: it is broken or hostile, and the connection is over. */
export class ProtocolViolation extends Error {
  override readonly name = 'ProtocolViolation';
}

/** One frame in bytes. */
export const encodeFrame = (type: number, stream: number, body: Uint8Array, on?: number): Buffer =>
  Buffer.concat([encodeHeader(type, stream, body.length, on), body]);

/** What stands before a frame's body of so many bytes. */
export function encodeHeader(type: number, stream: number, length: number, on: number = channel.in): Buffer {
  const header = Buffer.allocUnsafe(headerSize);
  header.writeUInt32LE(length, 0);
  header[4] = type;
  header[5] = on;
  header.writeUInt16LE(0, 6);
  header.writeUInt32LE(stream, 8);
  return header;
}

/** Cuts a byte stream into frames. Believes nothing: throws `ProtocolViolation` at the first byte that is not allowed. */
export class FrameReader {
  #chunks: Buffer[] = [];
  #size = 0;
  #header: Buffer | undefined;

  /** Whole frames in what has arrived so far. Bodies are views of what arrived, or copied once where they were cut. */
  *read(chunk: Buffer): Generator<Frame> {
    this.#chunks.push(chunk);
    this.#size += chunk.length;
    for (;;) {
      if (!this.#header) {
        if (this.#size < headerSize) return;
        this.#header = this.#take(headerSize);
        checkLength(this.#header[4]!, this.#header.readUInt32LE(0));
      }
      const length = this.#header.readUInt32LE(0);
      if (this.#size < length) return;
      const header = this.#header;
      this.#header = undefined;
      yield decode(header, this.#take(length));
    }
  }

  /** The next bytes, of which there are enough. */
  #take(count: number): Buffer {
    this.#size -= count;
    const [first = Buffer.alloc(0)] = this.#chunks;
    if (first.length >= count) {
      if (first.length === count) this.#chunks.shift();
      else this.#chunks[0] = first.subarray(count);
      return first.subarray(0, count);
    }
    const taken = Buffer.allocUnsafe(count);
    let index = 0;
    for (let at = 0; at < count;) {
      const chunk = this.#chunks[index]!; // there are enough
      const part = Math.min(chunk.length, count - at);
      chunk.copy(taken, at, 0, part);
      at += part;
      if (part === chunk.length) index += 1;
      else this.#chunks[index] = chunk.subarray(part);
    }
    // At once: a guest that writes byte by byte makes many.
    this.#chunks.splice(0, index);
    return taken;
  }
}

/** Lengths of bodies by type; data is whatever fits. */
const bodyLengths: Readonly<Record<number, number>> = {
  [frameType.hello]: 12,
  [frameType.pong]: 8,
  [frameType.opened]: 4,
  [frameType.end]: 0,
  [frameType.credit]: 4,
  [frameType.closed]: 24,
  [frameType.place]: 8,
};

function checkLength(type: number, length: number): void {
  if (type === frameType.data ? length < 1 || length > maxData : length !== bodyLengths[type])
    throw new ProtocolViolation(`frame of type ${type} with ${length} bytes`);
}

function decode(header: Buffer, body: Buffer): Frame {
  const type = header[4]!;
  const on = header[5]!;
  const stream = header.readUInt32LE(8);
  if (header.readUInt16LE(6) !== 0) throw new ProtocolViolation('reserved bytes are set');
  if (type !== frameType.data && on !== channel.in)
    throw new ProtocolViolation(`frame of type ${type} on channel ${on}`);
  switch (type) {
    case frameType.hello:
      if (body.readUInt32LE(0) !== magic) throw new ProtocolViolation('not an init');
      return {
        type: 'hello',
        version: body.readUInt16LE(4),
        revision: body.readUInt16LE(6),
        maxStreams: body.readUInt32LE(8),
      };
    case frameType.pong:
      return { type: 'pong', cookie: body.readBigUInt64LE(0) };
    case frameType.opened:
      return { type: 'opened', stream, pid: body.readUInt32LE(0) };
    case frameType.end:
      return { type: 'end', stream };
    case frameType.credit:
      return { type: 'credit', stream, bytes: body.readUInt32LE(0) };
    case frameType.place:
      return { type: 'place', stream, offset: offsetAt(body, 0) };
    case frameType.closed:
      return { type: 'closed', stream, result: decodeClosed(body) };
    default:
      if (on !== channel.out && on !== channel.err) throw new ProtocolViolation(`data on channel ${on}`);
      return { type: 'data', stream, channel: on, bytes: body };
  }
}

const timedOutFlag = 1;
const notStartedFlag = 2;

/** Counts bytes; beyond nine petabytes nobody is believed. */
export function offsetAt(body: Buffer, at: number): number {
  const offset = Number(body.readBigUInt64LE(at));
  if (!Number.isSafeInteger(offset)) throw new ProtocolViolation('an offset that cannot be');
  return offset;
}

/** The body of CLOSED. */
export function decodeClosed(body: Buffer): Closed {
  const code = body.readUInt32LE(0);
  const signal = body.readUInt32LE(4);
  const flags = body.readUInt32LE(8);
  if (code > 255 || signal > 64 || flags > (timedOutFlag | notStartedFlag))
    throw new ProtocolViolation('an end that cannot be');
  return {
    code,
    signal,
    timedOut: (flags & timedOutFlag) !== 0,
    notStarted: (flags & notStartedFlag) !== 0,
    durationMs: Number(body.readBigUInt64LE(16) / 1000n),
  };
}
