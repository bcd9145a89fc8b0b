import { EventEmitter, once } from 'node:events';

type Events = { heard: []; revoked: []; asked: [] };

/** When the control plane was last heard of, and what that means for whoever waits for it. */
export class Contact {
  readonly #events = new EventEmitter<Events>();
  #lastMs = performance.now();
  #revoked = false;

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

  onHeard(listener: () => void): void {
    this.#events.on('heard', listener);
  }

  /** Waits for the next event of a kind. Throws when the signal aborts. */
  async next(event: keyof Events, signal: AbortSignal): Promise<void> {
    await once(this.#events, event, { signal });
  }
}
