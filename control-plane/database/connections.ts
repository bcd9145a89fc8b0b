import type { Logger } from 'pino';
import { openConnection, type Connection } from './connection.ts';
import type { SettingsOption } from './driver.ts';

/**
 * Connections that are taken for a while. The one that was given back last is taken first: of few calls at a time all go
 * to the same process of PostgreSQL, which has everything at hand.
 */
export interface Connections {
  /** A connection that nobody else uses until it is given back. Waits while all are taken. */
  take(): Promise<Connection>;
  give(connection: Connection): void;
  end(): Promise<void>;
}

export function openConnections(url: string, log: Logger, max: number, options: SettingsOption = {}): Connections {
  const idle: Connection[] = [];
  const taken = new Set<Connection>();
  const waiting: (() => void)[] = [];

  const take = async (): Promise<Connection> => {
    if (taken.size >= max) await new Promise<void>((resolve) => waiting.push(resolve));
    const connection = idle.pop() ?? openConnection(url, log, options);
    if (connection.closed) return take();
    taken.add(connection);
    return connection;
  };

  return {
    take,
    give(connection) {
      taken.delete(connection);
      if (!connection.closed) idle.push(connection);
      waiting.shift()?.();
    },
    async end() {
      await Promise.all([...idle, ...taken].map((connection) => connection.end()));
    },
  };
}
