import type { Logger } from 'pino';
import type { Pool } from './sql.ts';

/** A machine's clock that is further off than this misleads whoever reads its logs. */
const worthAWordMs = 30_000;

/**
 * The database's time, known without asking each time: what it said last, and what has passed since by a clock that
 * nobody sets. All replicas agree on it, and a machine whose own clock is wrong, or jumps, decides nothing wrongly.
 */
export class DatabaseClock {
  readonly #pool: Pool;
  readonly #log: Logger;
  /** Between the database's clock and the time since this process began. */
  #aheadMs = performance.timeOrigin;
  #offMs = 0;

  constructor(pool: Pool, log: Logger) {
    this.#pool = pool;
    this.#log = log;
  }

  /** Milliseconds since 1970. */
  now(): number {
    return Math.floor(this.#aheadMs + performance.now());
  }

  /** Asks the database. Answers how far this machine's own clock is ahead of it. */
  async follow(): Promise<{ readonly machineAheadMs: number }> {
    const sql = this.#pool;
    const beganMs = performance.now();
    const [row] = await sql<{ nowMs: number }[]>`
      select extract(epoch from clock_timestamp())::float8 * 1000 as "nowMs"
    `;
    const endedMs = performance.now();
    this.#aheadMs = row!.nowMs - (beganMs + endedMs) / 2; // one row always
    const machineAheadMs = Math.round(Date.now() - this.now());
    if (Math.abs(machineAheadMs) > worthAWordMs && Math.abs(this.#offMs) <= worthAWordMs)
      this.#log.warn({ machineAheadMs }, "this machine's clock differs from the database's, which counts");
    this.#offMs = machineAheadMs;
    return { machineAheadMs };
  }
}
