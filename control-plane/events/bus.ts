import type { Logger } from 'pino';
import type postgres from 'postgres';
import type { Pool, Sql } from '../database/index.ts';

/** What changed, told to every replica. `id` is the thing's id; `*` says that the listener should look at everything. */
export interface Change {
  readonly topic: Topic;
  readonly id: string;
}

/**
 * Things by their names; `connection` is a host's link to us, `inventory` what it says of its sandboxes, `condition` what
 * concerns the whole fleet, `visit` what a user has seen (by the user's id), `rights` a user's roles (announced by triggers,
 * migration 0051), `alert` anything about alerts (by triggers, too: migration 0290).
 */
export type Topic =
  | 'host'
  | 'sandbox'
  | 'fleet'
  | 'repository'
  | 'rollout'
  | 'session'
  | 'credential'
  | 'rights'
  | 'connection'
  | 'inventory'
  | 'drain'
  | 'condition'
  | 'layer'
  | 'machine_access'
  | 'device'
  | 'delivery'
  | 'visit'
  | 'keyring'
  | 'mail'
  | 'alert'
  | 'tester';

/** Changes that happened anywhere in the installation, as they are committed. */
export interface EventBus {
  /** Calls the listener for each change of these topics until the answer is called. After a lost database connection every topic gets an `*`. */
  subscribe(topics: readonly Topic[], listener: (change: Change) => void): () => void;
  close(): Promise<void>;
}

const channel = 'muster';

/** Announces changes when the transaction commits. Many ids cost one statement. */
export async function announce(sql: Sql, topic: Topic, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  await sql`select pg_notify(${channel}, ${topic} || ':' || id) from unnest(${ids as string[]}::text[]) as id`;
}

/** The same within a statement that changes things: to be selected for each of them. `id` is the SQL of its id. */
export const announcement = (sql: Sql, topic: Topic, id: postgres.Fragment): postgres.Fragment =>
  sql`pg_notify(${channel}, ${topic} || ':' || ${id})`;

/** Listens on one connection of its own; postgres.js re-opens it, and then everybody is told to look at everything. */
export async function openEventBus(pool: Pool, log: Logger): Promise<EventBus> {
  const listeners = new Map<(change: Change) => void, ReadonlySet<Topic>>();
  const deliver = (change: Change) => {
    for (const [listener, topics] of listeners) {
      if (topics.has(change.topic)) listener(change);
    }
  };
  let listening = false;
  const subscription = await pool.listen(
    channel,
    (payload) => {
      const separator = payload.indexOf(':');
      deliver({ topic: payload.slice(0, separator) as Topic, id: payload.slice(separator + 1) }); // only `announce` writes here
    },
    () => {
      if (listening) {
        log.info('listening to the database again');
        for (const [listener, topics] of listeners) for (const topic of topics) listener({ topic, id: '*' });
      }
      listening = true;
    },
  );
  return {
    subscribe(topics, listener) {
      // A function of its own per subscription, so that one listener may subscribe twice.
      const own = (change: Change) => listener(change);
      listeners.set(own, new Set(topics));
      return () => void listeners.delete(own);
    },
    close: () => subscription.unlisten(),
  };
}
