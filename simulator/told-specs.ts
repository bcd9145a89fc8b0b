import type { HostSpecs } from './protocol.ts';

/** What is told in one heartbeat. */
export interface Telling {
  /** Undefined where the control plane has them. */
  readonly specs: HostSpecs | undefined;
  /** To be called once that heartbeat is answered. */
  answered(): void;
}

/** Tells specs until an answer says that they have come, as agents do; also where heartbeats overtake each other. */
export class ToldSpecs {
  #known = '';
  #told = 0;

  /** For the next heartbeat. */
  tell(specs: HostSpecs): Telling {
    const text = JSON.stringify(specs, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value));
    if (text === this.#known) return { specs: undefined, answered: () => {} };
    this.forget();
    const mine = this.#told;
    // Of several that are under way the newest counts: which of the others came last is not known.
    return { specs, answered: () => void (mine === this.#told && (this.#known = text)) };
  }

  /** Nothing is known to have come. */
  forget(): void {
    this.#known = '';
    this.#told += 1;
  }
}
