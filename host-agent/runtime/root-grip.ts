import { close, constants, openSync } from 'node:fs';

/** Only to hold on to it, not to read; Node has no name for it. Linux has this value on all its 64-bit processors. */
const asPath = 0o10000000;

/**
 * Holds on to a sandbox's root file system from outside. Without that the last of its processes to end takes it down,
 * 10 ms and more in which it is still there; with it, a process ends within 4 ms, and whoever lets go takes it down.
 */
export class RootGrip {
  readonly #descriptor: number;

  private constructor(descriptor: number) {
    this.#descriptor = descriptor;
  }

  /** By any process in it. Undefined where that has just ended. */
  static take(pid: number): RootGrip | undefined {
    try {
      return new RootGrip(openSync(`/proc/${pid}/root`, asPath | constants.O_DIRECTORY));
    } catch {
      return undefined;
    }
  }

  /** Lets go, once. Resolves when nothing is left of it, if this was the last. */
  release(): Promise<void> {
    // A descriptor that is given back is gone, whatever is said about it.
    return new Promise((resolve) => close(this.#descriptor, () => resolve()));
  }
}
