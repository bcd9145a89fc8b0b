import { ProtocolViolation } from '../init/index.ts';

/** What the init says of a file: `struct file_entry` in `../init/native/files.h`. */
export interface FileEntry {
  /** Type and permission bits, as `st_mode`. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly size: bigint;
  readonly diskSize: bigint;
  readonly modifiedNs: bigint;
  /** Changes when content, owner or mode do. */
  readonly etag: string;
  readonly unreadable: boolean;
  /** Below the directory that was listed; empty for the one thing that was asked for. */
  readonly path: Buffer;
  readonly target: Buffer;
}

const headSize = 72;
const maxEntry = headSize + 65_535 + 4096;
const unreadableFlag = 1;
const second = 1_000_000_000n;

/** Cuts the init's answer into what it consists of. Believes no length. */
export class AnswerReader {
  readonly #next: () => Promise<Buffer | undefined>;
  #rest: Buffer = Buffer.alloc(0);

  constructor(next: () => Promise<Buffer | undefined>) {
    this.#next = next;
  }

  /** So many bytes, or undefined where the answer ends before. */
  async take(size: number): Promise<Buffer | undefined> {
    const pieces = [this.#rest];
    let length = this.#rest.length;
    while (length < size) {
      const piece = await this.#next();
      if (!piece) {
        this.#rest = Buffer.concat(pieces);
        return undefined;
      }
      pieces.push(piece);
      length += piece.length;
    }
    const whole = pieces.length === 1 ? this.#rest : Buffer.concat(pieces);
    this.#rest = whole.subarray(size);
    return whole.subarray(0, size);
  }

  /** The next bytes as they come; undefined after the last. */
  async piece(): Promise<Buffer | undefined> {
    if (this.#rest.length === 0) return this.#next();
    const piece = this.#rest;
    this.#rest = Buffer.alloc(0);
    return piece;
  }

  /** A number of 4 bytes. */
  async u32(): Promise<number | undefined> {
    return (await this.take(4))?.readUInt32LE(0);
  }

  async u64(): Promise<bigint | undefined> {
    return (await this.take(8))?.readBigUInt64LE(0);
  }

  /** The next entry; undefined where the answer ends. */
  async entry(): Promise<FileEntry | undefined> {
    const length = await this.u32();
    return length === undefined ? undefined : this.entryOf(length);
  }

  /** An entry whose length has been read. */
  async entryOf(length: number): Promise<FileEntry | undefined> {
    if (length < headSize || length > maxEntry) throw new ProtocolViolation('an entry of a length that cannot be');
    const bytes = await this.take(length - 4);
    return bytes && decode(bytes);
  }
}

const mostSaid = 10n ** 18n;

/** Inode, seconds and nanoseconds of the change, and size that an etag says; undefined for what is none of ours. */
export function knownFrom(etag: string): readonly [bigint, bigint, bigint, bigint] | undefined {
  const numbers = etag.split('-').map(base36);
  const [inode, changedNs, size] = numbers;
  if (inode === undefined || changedNs === undefined || size === undefined || numbers.length !== 3) return undefined;
  const known = [inode, changedNs / second, changedNs % second, size] as const;
  return known.every((number) => number < mostSaid) ? known : undefined;
}

function base36(text: string): bigint | undefined {
  if (!/^[0-9a-z]{1,13}$/.test(text)) return undefined;
  let number = 0n;
  for (const digit of text) number = number * 36n + BigInt(Number.parseInt(digit, 36));
  return number;
}

function decode(bytes: Buffer): FileEntry {
  const inode = bytes.readBigUInt64LE(28);
  const size = bytes.readBigUInt64LE(12);
  const modifiedNs = bytes.readBigInt64LE(36) * second + BigInt(bytes.readUInt32LE(52));
  const changedNs = bytes.readBigInt64LE(44) * second + BigInt(bytes.readUInt32LE(56));
  const pathLength = bytes.readUInt16LE(62);
  const pathStart = headSize - 4;
  if (pathStart + pathLength + bytes.readUInt32LE(64) !== bytes.length)
    throw new ProtocolViolation('an entry whose parts do not fill it');
  return {
    mode: bytes.readUInt32LE(0),
    uid: bytes.readUInt32LE(4),
    gid: bytes.readUInt32LE(8),
    size,
    diskSize: bytes.readBigUInt64LE(20),
    modifiedNs,
    etag: `${inode.toString(36)}-${changedNs.toString(36)}-${size.toString(36)}`,
    unreadable: (bytes.readUInt16LE(60) & unreadableFlag) !== 0,
    path: bytes.subarray(pathStart, pathStart + pathLength),
    target: bytes.subarray(pathStart + pathLength),
  };
}
