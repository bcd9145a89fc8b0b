import { type Closed, decodeClosed, offsetAt, ProtocolViolation } from '../frames.ts';
import type { InitLink } from '../link.ts';
import type { InitStream } from '../stream.ts';
import { encodeList, maxMemo } from './open.ts';

/** A process that outlives the connection, as the init knows it. */
export interface ListedProcess {
  readonly key: string;
  readonly pid: number;
  readonly memo: Buffer;
  readonly terminal: { readonly cols: number; readonly rows: number } | undefined;
  readonly inputIsOpen: boolean;
  readonly kept: number;
  /** Offset of the oldest output that is kept, and how much was written in all. */
  readonly oldest: number;
  readonly written: number;
  readonly inputTaken: number;
  /** Undefined while it runs. */
  readonly end: Closed | undefined;
}

const entrySize = 84;

/** All of them, in no order. Throws what ended the connection. */
export function listKept(link: InitLink): Promise<ListedProcess[]> {
  const answer = Promise.withResolvers<ListedProcess[]>();
  link.open(encodeList(), () => new ListStream(answer));
  return answer.promise;
}

class ListStream implements InitStream {
  readonly #answer: PromiseWithResolvers<ListedProcess[]>;
  #list: ListedProcess[] | undefined;

  constructor(answer: PromiseWithResolvers<ListedProcess[]>) {
    this.#answer = answer;
  }

  onOpened(): void {}

  onData(_: number, bytes: Buffer): void {
    if (this.#list) throw new ProtocolViolation('a second list');
    this.#list = decodeList(bytes);
  }

  onCredit(): void {
    throw new ProtocolViolation('credit for a list');
  }

  onClosed(): void {
    this.#answer.resolve(this.#list ?? []);
  }

  end(error: Error): void {
    this.#answer.reject(error);
  }
}

function decodeList(bytes: Buffer): ListedProcess[] {
  const list: ListedProcess[] = [];
  for (let at = 0; at < bytes.length;) {
    if (bytes.length - at < entrySize) throw new ProtocolViolation('a list that is cut off');
    const memo = bytes.readUInt32LE(at + 32);
    const end = at + entrySize + memo;
    if (memo > maxMemo || end > bytes.length) throw new ProtocolViolation('a list that is cut off');
    list.push(decodeEntry(bytes.subarray(at, at + entrySize), Buffer.from(bytes.subarray(at + entrySize, end))));
    at = end;
  }
  return list;
}

function decodeEntry(entry: Buffer, memo: Buffer): ListedProcess {
  const key = entry.toString('latin1', 0, 16);
  if (!/^[0-9a-z]{16}$/.test(key)) throw new ProtocolViolation('a key that nobody gave');
  return {
    key,
    pid: entry.readUInt32LE(16),
    memo,
    terminal: entry[21] ? { cols: entry.readUInt16LE(24), rows: entry.readUInt16LE(26) } : undefined,
    inputIsOpen: entry[22] !== 0,
    kept: entry.readUInt32LE(28),
    oldest: offsetAt(entry, 36),
    written: offsetAt(entry, 44),
    inputTaken: offsetAt(entry, 52),
    end: entry[20] ? decodeClosed(entry.subarray(60, 84)) : undefined,
  };
}
