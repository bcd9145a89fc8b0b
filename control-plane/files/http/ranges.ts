/** The part of a file that is asked for, in bytes: from the first one, so many. */
export interface Part {
  readonly offset: bigint;
  readonly length: bigint;
}

/**
 * The part that a `Range` header asks for. Undefined where it asks for nothing that we answer in parts (several ranges,
 * other units): then the whole is sent, as the standard has it. `none` where no byte of the file is in it.
 */
export function askedPart(header: string | undefined, size: bigint): Part | 'none' | undefined {
  const [, first, last] = /^bytes=(\d{0,18})-(\d{0,18})$/.exec(header?.trim() ?? '') ?? [];
  if (first === undefined || last === undefined || (first === '' && last === '')) return undefined;
  if (first === '') {
    const wanted = BigInt(last);
    const length = wanted < size ? wanted : size;
    return length === 0n ? 'none' : { offset: size - length, length };
  }
  const offset = BigInt(first);
  if (last !== '' && BigInt(last) < offset) return undefined;
  if (offset >= size) return 'none';
  const end = last === '' || BigInt(last) >= size ? size - 1n : BigInt(last);
  return { offset, length: end - offset + 1n };
}

/** Where the bytes of a body belong. */
export interface SentPart {
  readonly offset: bigint;
  /** How many the body has. */
  readonly length: bigint;
  /** Of the whole file. */
  readonly size: bigint;
}

/**
 * Reads `Content-Range: bytes FIRST-LAST/SIZE`; with `*` for first and last the body is empty, because everything has
 * arrived. Undefined where it is malformed.
 */
export function sentPart(header: string): SentPart | undefined {
  const [, first, last, whole] = /^bytes (?:(\d{1,18})-(\d{1,18})|\*)\/(\d{1,18})$/.exec(header.trim()) ?? [];
  if (whole === undefined) return undefined;
  const size = BigInt(whole);
  if (first === undefined || last === undefined) return { offset: size, length: 0n, size };
  const [offset, end] = [BigInt(first), BigInt(last)];
  return end < offset || end >= size ? undefined : { offset, length: end - offset + 1n, size };
}
