import type postgres from 'postgres';
import type { Logger } from 'pino';
import { openClient, type NotifyOption } from './driver.ts';

/** A statement on a connection that is gone. Counts as "the database cannot be reached". */
class ConnectionLost extends Error {
  readonly code = 'CONNECTION_CLOSED';

  constructor() {
    super('The connection to the database was lost.');
  }
}

/**
 * One connection of its own, which ends once. The driver would open another one behind our back, on which locks and
 * transactions are not what they seem, and it crashes the process when something is sent on a closed one: so nothing is.
 */
export interface Connection {
  readonly sql: postgres.Sql;
  readonly closed: boolean;
  /** Closes it at once; what is under way fails. */
  end(): Promise<void>;
}

export function openConnection(
  url: string,
  log: Logger,
  { onClose, onnotify }: { onClose?: () => void } & NotifyOption = {},
): Connection {
  let closed = false;
  const close = () => {
    if (closed) return;
    closed = true;
    onClose?.();
  };
  const client = openClient(url, log, { max: 1, onOver: close, onnotify });
  return {
    sql: guarded(client, () => {
      if (closed) throw new ConnectionLost();
    }),
    get closed() {
      return closed;
    },
    async end() {
      close();
      await client.end({ timeout: 0 });
    },
  };
}

/** The same client, which asks before each use whether it may still be used. */
export function guarded(client: postgres.Sql, check: () => void): postgres.Sql {
  return new Proxy(client, {
    apply(target, self, parameters) {
      check();
      return Reflect.apply(target, self, parameters) as unknown;
    },
    get(target, key) {
      check();
      return Reflect.get(target, key) as unknown;
    },
  });
}
