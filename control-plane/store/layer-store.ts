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
  /**
   * Takes one in, from where somebody left it off; `from` is told where that is. Whoever takes the same one in at the same
   * time does so beside it. Answers its size. Throws what `from` throws, and keeps what came; or DigestMismatch, and forgets it.
   */
  take(digest: string, from: (offset: number) => AsyncIterable<Uint8Array>): Promise<number>;
  /** Its bytes from an offset on. */
  read(digest: string, offset: number): AsyncIterable<Uint8Array>;
  /** Keeps something whose digest nobody knows yet. Throws where it is larger than that, and keeps nothing. */
  put(
    chunks: AsyncIterable<Uint8Array>,
    mostBytes: number,
  ): Promise<{ readonly digest: string; readonly sizeBytes: number }>;
  /** Idempotent. */
  remove(digest: string): Promise<void>;
  /** Forgets what was begun and has not grown for a day. */
  sweep(): Promise<void>;
  /** Digests of all that are here whole. */
  list(): Promise<string[]>;
}
