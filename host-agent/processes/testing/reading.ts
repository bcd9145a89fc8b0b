import type { AttachEvent, ProcessExit, SandboxProcesses } from '../index.ts';
import { eventually } from '../../testing/eventually.ts';

/** A reader that collects what it sees. */
export class Reading {
  readonly events: AttachEvent[] = [];
  readonly done: Promise<void>;
  failure: unknown;
  readonly #leaving = new AbortController();

  constructor(
    processes: SandboxProcesses,
    id: string,
    { offset, hold = false }: { readonly offset?: number; readonly hold?: boolean } = {},
  ) {
    this.done = this.#collect(processes.attach(id, { offset, hold }, this.#leaving.signal));
  }

  /** All output so far. */
  get text(): string {
    return this.bytes.toString();
  }

  get bytes(): Buffer {
    return Buffer.concat(this.events.flatMap((event) => (event.type === 'output' ? [event.data] : [])));
  }

  get exit(): ProcessExit | undefined {
    const last = this.events.at(-1);
    return last?.type === 'exit' ? last.exit : undefined;
  }

  /** The offset behind all that was seen. */
  get offset(): number {
    return this.events.reduce((at, event) => (event.type === 'output' ? event.offset + event.data.length : at), 0);
  }

  async sees(wanted: RegExp | string): Promise<void> {
    await eventually(
      `it sees ${String(wanted)}; so far ${JSON.stringify(this.text.slice(-500))}`,
      () => (typeof wanted === 'string' ? this.text.includes(wanted) : wanted.test(this.text)),
      15_000,
    );
  }

  async leave(): Promise<void> {
    this.#leaving.abort();
    await this.done;
  }

  async #collect(events: AsyncIterable<AttachEvent>): Promise<void> {
    try {
      for await (const event of events) this.events.push(event);
    } catch (error) {
      this.failure = error;
    }
  }
}
