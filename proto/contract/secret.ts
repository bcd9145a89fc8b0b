import { inspect } from 'node:util';

/** A value that must not be printed. `toString`, `toJSON` and inspection answer `[secret]`; only `reveal()` answers the value. */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  /** The value itself: for a header, a hash, or the one time that it is shown. */
  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return '[secret]';
  }

  toJSON(): string {
    return '[secret]';
  }

  [inspect.custom](): string {
    return '[secret]';
  }
}
