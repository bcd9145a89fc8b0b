/** A layer is not what its digest says. */
export class DigestMismatch extends Error {
  override readonly name = 'DigestMismatch';
}

/**
 * Where archives are kept between hosts, by the SHA-256 of their content (`sha256:…`). What is being written has no name
 * yet: whoever dies on the way leaves bytes that the next one goes on with.
 */
export interface LayerStore {
  /** Bytes of one that is here whole; undefined for others. */
  size(digest: string): Promise<number | undefined>;
  /** Bytes of one that have come so far. */
  received(digest: string): Promise<number>;
  /** Adds bytes to one that is coming. The caller has asked where it was left off. */
  append(digest: string, chunks: AsyncIterable<Uint8Array>): Promise<void>;
  /** Says that all of it has come; answers its size. Throws DigestMismatch, and forgets what came. */
  complete(digest: string): Promise<number>;
  /** Its bytes from an offset on. */
  read(digest: string, offset: number): AsyncIterable<Uint8Array>;
  /** Keeps something whose digest nobody knows yet. Throws where it is larger than that, and keeps nothing. */
  put(
    chunks: AsyncIterable<Uint8Array>,
    mostBytes: number,
  ): Promise<{ readonly digest: string; readonly sizeBytes: number }>;
  /** Idempotent. */
  remove(digest: string): Promise<void>;
  /** Digests of all that are here whole. */
  list(): Promise<string[]>;
}
