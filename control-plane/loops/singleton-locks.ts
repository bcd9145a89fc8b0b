import { openPool } from '../database/index.ts';
import type { Services } from '../context.ts';
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
  let lost = new AbortController();
  const connection = openPool(config.databaseUrl.reveal(), log, {
    max: 1,
    lasting: true,
    onClose: () => {
      const broken = lost;
      lost = new AbortController();
      broken.abort();
    },
  });
  return {
    hold: (name) => holdLock(connection, name),
    get signal() {
      return lost.signal;
    },
    close: () => connection.end({ timeout: 1 }),
  };
}
