import type { Services } from '../context.ts';
import { openConnection, type Connection } from '../database/index.ts';
import { holdLock } from './store.ts';

/** The advisory locks of this replica's singleton loops, all on one connection: when it breaks, all of them are free for others. */
export interface SingletonLocks {
  /** Whether the lock is ours, taken now if it was free. Throws when the database cannot be asked. */
  hold(name: string): Promise<boolean>;
  /** Aborts when the connection that holds the locks breaks; a new one stands in its place then. */
  readonly signal: AbortSignal;
  /** Gives all locks back. */
  close(): Promise<void>;
}

/** Opens the connection at the first lock. */
export function openSingletonLocks({ config, log }: Pick<Services, 'config' | 'log'>): SingletonLocks {
  let present: { connection: Connection; lost: AbortController } | undefined;
  const open = () => {
    const lost = new AbortController();
    const connection = openConnection(config.databaseUrl.reveal(), log, { onClose: () => lost.abort() });
    return { connection, lost };
  };
  const living = () => (present && !present.connection.closed ? present : (present = open()));
  return {
    hold: async (name) => holdLock(living().connection.sql, name),
    get signal() {
      return living().lost.signal;
    },
    async close() {
      await present?.connection.end();
    },
  };
}
