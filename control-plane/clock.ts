/** Time as tests can move it. Decisions about hosts and sandboxes use the database's clock instead. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
}

/** This machine's own; a replica goes by the database's (`DatabaseClock`). */
export const systemClock: Clock = { now: () => Date.now() };
