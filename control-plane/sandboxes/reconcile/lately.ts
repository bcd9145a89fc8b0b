/** What was noted not long ago. Nothing is remembered for longer, so that what is gone for ever takes no memory. */
export class Lately {
  readonly #lastsMs: number;
  readonly #until = new Map<string, number>();

  constructor(lastsMs: number) {
    this.#lastsMs = lastsMs;
  }

  add(id: string): void {
    const now = performance.now();
    for (const [known, until] of this.#until) if (until <= now) this.#until.delete(known);
    this.#until.set(id, now + this.#lastsMs);
  }

  has(id: string): boolean {
    return performance.now() < (this.#until.get(id) ?? 0);
  }

  delete(id: string): void {
    this.#until.delete(id);
  }
}
