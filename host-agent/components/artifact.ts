import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { ProbeError } from './probe-error.ts';

/** What a process is started from, and its digest: read again when it has changed. */
export class Artifact {
  readonly #path: string;
  #known: { readonly stamp: string; readonly sha256: string } | undefined;

  constructor(path: string) {
    this.#path = path;
  }

  /**
   * Its SHA-256 in hex; empty where it came to disk after the process was started, which then runs something else, and where
   * nobody knows when that was, unless there is none. Throws ProbeError where it cannot be read.
   */
  async digest(startedAt: Date | 'no process' | undefined, signal: AbortSignal): Promise<string> {
    const before = await this.#look();
    if (startedAt !== 'no process' && (!startedAt || before.changedAtMs >= startedAt.getTime())) return '';
    if (this.#known?.stamp === before.stamp) return this.#known.sha256;
    const hash = createHash('sha256');
    await pipeline(createReadStream(this.#path), hash, { signal }).catch((error: unknown) => {
      signal.throwIfAborted();
      throw this.#unreadable(error);
    });
    // What was written while it was read is neither the one nor the other: the next look has it.
    if ((await this.#look()).stamp !== before.stamp) return '';
    const sha256 = hash.digest('hex');
    this.#known = { stamp: before.stamp, sha256 };
    return sha256;
  }

  async #look(): Promise<{ readonly stamp: string; readonly changedAtMs: number }> {
    const found = await stat(this.#path, { bigint: true }).catch((error: unknown) => {
      throw this.#unreadable(error);
    });
    if (!found.isFile()) throw new ProbeError(`The artifact ${this.#path} is no file.`);
    const { dev, ino, size, mtimeNs, ctimeNs, ctimeMs } = found;
    return { stamp: [dev, ino, size, mtimeNs, ctimeNs].join(':'), changedAtMs: Number(ctimeMs) };
  }

  #unreadable(error: unknown): ProbeError {
    const why = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    return new ProbeError(`The artifact ${this.#path} cannot be read (${why}).`);
  }
}
