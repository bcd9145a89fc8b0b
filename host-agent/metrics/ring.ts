/** How many values a sample has. */
export const width = 7;

const firstRoom = 4;

/**
 * Samples of the last so many slots of time. Those that are like the one before take no room of their own, so an idle
 * sandbox costs next to nothing. Values are kept with 24 bits: seven digits of each.
 */
export class SampleRing {
  readonly #slots: number;
  /** Of each entry its first slot, and how many follow one another with the same values. */
  #times = new Uint32Array(2 * firstRoom);
  #values = new Float32Array(width * firstRoom);
  #first = 0;
  #size = 0;

  constructor(slots: number) {
    this.#slots = slots;
  }

  /** Takes the sample of a slot, which must be later than those before; others are left out. */
  push(slot: number, values: readonly number[]): void {
    if (this.#size > 0) {
      const last = this.#place(this.#size - 1);
      const end = this.#times[2 * last]! + this.#times[2 * last + 1]!;
      if (slot < end) return;
      if (slot === end && values.every((value, index) => this.#values[width * last + index] === Math.fround(value))) {
        this.#times[2 * last + 1]! += 1;
        return this.#forget(slot);
      }
    }
    this.#forget(slot);
    if (this.#size === this.#room) this.#grow();
    const place = this.#place(this.#size);
    this.#times[2 * place] = slot;
    this.#times[2 * place + 1] = 1;
    this.#values.set(values, width * place);
    this.#size += 1;
  }

  /** Calls for every sample from this slot on, oldest first. */
  each(from: number, tell: (slot: number, values: Float32Array) => void): void {
    for (let index = 0; index < this.#size; index += 1) {
      const place = this.#place(index);
      const begin = this.#times[2 * place]!;
      const end = begin + this.#times[2 * place + 1]!;
      const values = this.#values.subarray(width * place, width * (place + 1));
      for (let slot = Math.max(begin, from); slot < end; slot += 1) tell(slot, values);
    }
  }

  /** What is older than `slots`, seen from this one. */
  #forget(now: number): void {
    const oldest = now - this.#slots + 1;
    while (this.#size > 0) {
      const begin = this.#times[2 * this.#first]!;
      const count = this.#times[2 * this.#first + 1]!;
      if (begin + count > oldest) {
        const late = Math.max(0, oldest - begin);
        this.#times[2 * this.#first] = begin + late;
        this.#times[2 * this.#first + 1] = count - late;
        return;
      }
      this.#first = (this.#first + 1) % this.#room;
      this.#size -= 1;
    }
  }

  #grow(): void {
    const times = new Uint32Array(this.#times.length * 2);
    const values = new Float32Array(this.#values.length * 2);
    for (let index = 0; index < this.#size; index += 1) {
      const place = this.#place(index);
      times.set(this.#times.subarray(2 * place, 2 * (place + 1)), 2 * index);
      values.set(this.#values.subarray(width * place, width * (place + 1)), width * index);
    }
    [this.#times, this.#values, this.#first] = [times, values, 0];
  }

  get #room(): number {
    return this.#times.length / 2;
  }

  #place(index: number): number {
    return (this.#first + index) % this.#room;
  }
}
