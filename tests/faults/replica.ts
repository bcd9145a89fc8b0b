import type { Replicas, ReplicaProcess } from '../support/replicas.ts';
import { clockEnvironment, type ClockFile } from './clock.ts';

const mostStarts = 20;

/** One of the replicas, which can be ended and started again in its place. */
export class Replica {
  readonly clock: ClockFile;
  readonly url: string;
  readonly #replicas: Replicas;
  #process: ReplicaProcess;
  #log = '';

  constructor(replicas: Replicas, first: ReplicaProcess, clock: ClockFile) {
    this.#replicas = replicas;
    this.#process = first;
    this.url = first.url;
    this.clock = clock;
  }

  get log(): string {
    return this.#log + this.#process.output();
  }

  async end(signal: NodeJS.Signals): Promise<void> {
    this.#process.signal(signal);
    await this.#process.ended;
  }

  /** On the same port; again and again, as whoever watches a service does, where it ends for want of a database. */
  async start(): Promise<void> {
    this.#log += this.#process.output();
    for (let attempt = 1; ; attempt += 1) {
      try {
        this.#process = await this.#replicas.start(Number(new URL(this.url).port), clockEnvironment(this.clock));
        return;
      } catch (error) {
        if (attempt === mostStarts) throw error;
      }
    }
  }

  signal(signal: NodeJS.Signals): void {
    this.#process.signal(signal);
  }
}
