import { EventEmitter, once } from 'node:events';

type Events = { heard: []; returned: []; revoked: []; asked: [] };

/** When the control plane was last heard of, and what that means for whoever waits for it. */
export class Contact {
  readonly #events = new EventEmitter<Events>();
  #lastMs = performance.now();
  #revoked = false;
  #away = false;

  constructor() {
    this.#events.setMaxListeners(0);
  }

  /** Milliseconds since the control plane was last heard. */
  get silentMs(): number {
    return performance.now() - this.#lastMs;
  }

  /** Whether the installation has said, signed, that this host's credentials are over. */
  get revoked(): boolean {
    return this.#revoked;
  }

  /** The other end of the connection is there, whatever it thinks of us. */
  alive(): void {
    this.#lastMs = performance.now();
  }

  /** The control plane answered us as one that belongs to it. */
  heard(): void {
    this.#lastMs = performance.now();
    this.#revoked = false;
    this.#events.emit('heard');
    if (this.#away) this.#events.emit('returned');
    this.#away = false;
  }

  /** The installation refuses us for good, until an operator does something. */
  refused(): void {
    this.#revoked = true;
    this.#events.emit('revoked');
  }

  /** The control plane has asked for the inventory: from now on it puts right what it finds. */
  inventoryAsked(): void {
    this.#events.emit('asked');
  }

  /** A call did not get through. */
  missed(): void {
    this.#away = true;
  }

  /** Calls the listener when a call gets through after one that did not: whoever waits can try again now. */
  onReturn(listener: () => void): void {
    this.#events.on('returned', listener);
  }

  /** Waits for the next event of a kind. Throws when the signal aborts. */
  async next(event: keyof Events, signal: AbortSignal): Promise<void> {
    await once(this.#events, event, { signal });
  }
}
