import type { Context } from '../context.ts';
import { Refusal } from '../errors.ts';
import { endLostAttempts } from './changes.ts';

/** One of a sandbox's attempts. */
interface Attempt {
  readonly id: string;
  readonly attempt: number;
}

/**
 * Attempts whose call is over here, which could not be written down: the database was away just then. Nobody may wait for
 * them longer than it stays away. What a replica forgets of it when it ends, its own end tells.
 */
export class LostStarts {
  #attempts = new Map<string, Attempt>();

  /** Whatever else than an answer has ended the call of one of these. One that never came to be does no harm. */
  note(error: unknown, ...attempts: readonly Attempt[]): void {
    // A refusal is given after everything was written.
    if (error instanceof Refusal) return;
    for (const one of attempts) this.#attempts.set(`${one.id}/${one.attempt}`, one);
  }

  /** Writes them down; what cannot be written is kept. */
  async write({ sql, replicaId }: Pick<Context, 'sql' | 'replicaId'>): Promise<{ readonly written: number }> {
    const noted = this.#attempts;
    if (noted.size === 0) return { written: 0 };
    this.#attempts = new Map();
    try {
      await endLostAttempts(sql, replicaId, [...noted.values()]);
    } catch (error) {
      this.#attempts = new Map([...noted, ...this.#attempts]);
      throw error;
    }
    return { written: noted.size };
  }
}
