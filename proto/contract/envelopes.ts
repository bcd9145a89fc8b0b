/** What stands before each message of a stream in the Connect protocol: one byte of flags, then the length (big endian). */
const prefixSize = 5;
const compressedFlag = 1;
/** The last message of a stream: JSON, with the error if there was one. */
const endFlag = 2;

/** One message of a stream. */
export interface Envelope {
  readonly isEnd: boolean;
  readonly data: Buffer;
}

/** The end of a stream that says nothing: all was well. */
export const plainEnd = Buffer.from('{}');

/** A message that cannot be one: too large, or compressed although nobody said that it may be. */
export class EnvelopeError extends Error {
  override readonly name = 'EnvelopeError';
}

/** A message as it goes over the wire. */
export const encodeEnvelope = (data: Uint8Array, isEnd = false): Buffer =>
  Buffer.concat([envelopePrefix(data.length, isEnd), data]);

/** What stands before a message of so many bytes. */
export function envelopePrefix(length: number, isEnd = false): Buffer {
  const prefix = Buffer.allocUnsafe(prefixSize);
  prefix[0] = isEnd ? endFlag : 0;
  prefix.writeUInt32BE(length, 1);
  return prefix;
}

/** Cuts what arrives into messages. Throws `EnvelopeError`. */
export class EnvelopeReader {
  readonly #maxBytes: number;
  #parts: Buffer[] = [];
  #size = 0;
  #wanted = prefixSize;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Whether a message has begun and not ended. */
  get isInside(): boolean {
    return this.#size > 0;
  }

  /** The messages that are whole with this chunk. Their data are views of it where that is possible. */
  *read(chunk: Buffer): Generator<Envelope> {
    this.#parts.push(chunk);
    this.#size += chunk.length;
    while (this.#size >= this.#wanted) {
      const bytes = this.#joined();
      const length = bytes.readUInt32BE(1);
      if (bytes[0]! & compressedFlag) throw new EnvelopeError('A message is compressed.');
      if (length > this.#maxBytes) throw new EnvelopeError(`A message has ${length} bytes.`);
      this.#wanted = prefixSize + length;
      if (this.#size < this.#wanted) return;
      this.#parts = [bytes.subarray(this.#wanted)];
      this.#size -= this.#wanted;
      const data = bytes.subarray(prefixSize, this.#wanted);
      this.#wanted = prefixSize;
      yield { isEnd: (bytes[0]! & endFlag) !== 0, data };
    }
  }

  /** Joined only when a message is whole or begins: a large one is not copied again with each chunk. */
  #joined(): Buffer {
    if (this.#parts.length === 1) return this.#parts[0]!;
    const bytes = Buffer.concat(this.#parts, this.#size);
    this.#parts = [bytes];
    return bytes;
  }
}
