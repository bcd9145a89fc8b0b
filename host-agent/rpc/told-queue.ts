/** How far something is. */
interface Told {
  readonly message: string;
  readonly percent: number;
}

/** What somebody tells, for somebody who listens at their own pace: who is slow misses what is old. */
export class ToldQueue implements AsyncIterable<Told> {
  #latest: Told | undefined;
  #ended = false;
  #wake = Promise.withResolvers<void>();

  tell(told: Told): void {
    this.#latest = told;
    this.#wake.resolve();
  }

  end(): void {
    this.#ended = true;
    this.#wake.resolve();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Told> {
    for (;;) {
      await this.#wake.promise;
      this.#wake = Promise.withResolvers();
      const told = this.#latest;
      this.#latest = undefined;
      if (told) yield told;
      if (this.#ended) return;
    }
  }
}
