/** What a sandbox was told to be, by a call that was answered. */
export type Told = 'running' | 'paused' | 'stopped';

/** What callers were told, to be held against what is. */
export class Acknowledged {
  readonly #living = new Map<string, { readonly told: Told; readonly mark: string }>();
  readonly #destroyed = new Set<string>();
  readonly #failed = new Set<string>();
  #calls = 0;

  /** How many calls were answered. */
  get calls(): number {
    return this.#calls;
  }

  /** It was made, or it is told to be something else; `mark` is what was written into it. */
  told(id: string, told: Told, mark = this.#living.get(id)?.mark ?? ''): void {
    this.#calls += 1;
    this.#living.set(id, { told, mark });
  }

  destroyed(id: string): void {
    this.#calls += 1;
    this.#living.delete(id);
    this.#destroyed.add(id);
  }

  /** It was answered that it could not be started. */
  failed(id: string): void {
    this.#calls += 1;
    this.#living.delete(id);
    this.#failed.add(id);
  }

  /** Those that could not be started, and stay so. */
  get failures(): ReadonlySet<string> {
    return this.#failed;
  }

  get living(): ReadonlyMap<string, { readonly told: Told; readonly mark: string }> {
    return this.#living;
  }

  get gone(): ReadonlySet<string> {
    return this.#destroyed;
  }
}
