import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { appendDurably, writeDurably } from './durable.ts';
import { attemptName } from './record.ts';
import type { EndedAttempt } from './types.ts';

const rememberedMs = 7 * 24 * 60 * 60 * 1000;

const line = z.object({ sandboxId: z.string(), attempt: z.int(), atMs: z.number() });
type Line = z.infer<typeof line>;

/** The attempts that have ended here and are never started again: one line each in a file, for 7 days. */
export class EndedAttempts {
  readonly #path: string;
  readonly #lines: Map<string, Line>;
  #writing: Promise<void> = Promise.resolve();

  private constructor(path: string, lines: Map<string, Line>) {
    this.#path = path;
    this.#lines = lines;
  }

  static async open(path: string): Promise<EndedAttempts> {
    const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return '';
      throw error;
    });
    const since = Date.now() - rememberedMs;
    const read = text.split('\n').map(parseLine);
    const lines = new Map(
      read.filter((ended) => ended !== undefined && ended.atMs > since).map((ended) => [attemptName(ended!), ended!]),
    );
    // Also ends a line that a crash has torn.
    await writeDurably(path, [...lines.values()].map((ended) => `${JSON.stringify(ended)}\n`).join(''));
    return new EndedAttempts(path, lines);
  }

  has(attempt: EndedAttempt): boolean {
    return this.#lines.has(attemptName(attempt));
  }

  /** Remembers an attempt as ended, on disk. Idempotent. */
  async add(attempt: EndedAttempt): Promise<void> {
    if (this.has(attempt)) return this.#writing;
    const ended = { sandboxId: attempt.sandboxId, attempt: attempt.attempt, atMs: Date.now() };
    this.#lines.set(attemptName(attempt), ended);
    // One after the other, so that lines do not mix.
    const written = this.#writing.then(() => appendDurably(this.#path, JSON.stringify(ended)));
    this.#writing = written.catch(() => undefined);
    await written;
  }

  /** Those of the last 7 days. */
  list(): EndedAttempt[] {
    const since = Date.now() - rememberedMs;
    return [...this.#lines.values()]
      .filter((ended) => ended.atMs > since)
      .map(({ sandboxId, attempt }) => ({ sandboxId, attempt }));
  }
}

function parseLine(text: string): Line | undefined {
  try {
    return line.parse(JSON.parse(text));
  } catch {
    return undefined; // torn by a crash, or empty
  }
}
