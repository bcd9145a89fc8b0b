import type { Socket } from 'node:net';
import postgres from 'postgres';
import type { Logger } from 'pino';
import { readAddress } from './address.ts';
import { arrayTypes } from './array-types.ts';
import { socketMaker } from './socket.ts';

/** Notifications of one connection. */
export interface NotifyOption {
  readonly onnotify?: (channel: string, payload: string) => void;
}

/** Settings of PostgreSQL for one connection, beside those that all have. */
export interface SettingsOption {
  readonly settings?: Readonly<Record<string, string>>;
}

/** What the driver knows and its types do not name. */
interface UntypedOptions extends NotifyOption {
  readonly socket: (target: Parameters<ReturnType<typeof socketMaker>>[0]) => Socket;
}

interface ClientOptions extends NotifyOption, SettingsOption {
  readonly max: number;
  /** May be called more than once for one connection. */
  readonly onOver: () => void;
  /** Why there are to be no more connections. */
  readonly problemNow?: () => Error | undefined;
}

/** Between two attempts to connect. */
const longestWaitS = 20;

/** How every connection of ours is made. Nothing is connected until the first statement. */
export function openClient(
  url: string,
  log: Logger,
  { max, onOver, problemNow = () => undefined, onnotify, settings }: ClientOptions,
): postgres.Sql {
  const { url: address, ...socket } = readAddress(url);
  const options: postgres.Options<Record<string, postgres.PostgresType>> & UntypedOptions = {
    ...socket,
    max,
    connect_timeout: 5,
    // A connection that closes is always news: what the driver would do behind our back is not wanted.
    idle_timeout: 0,
    max_lifetime: null,
    fetch_types: false,
    types: arrayTypes,
    socket: socketMaker(onOver, problemNow),
    // Where there is to be no connection, nothing that waits for one waits for a next attempt.
    backoff: (attempts) => (problemNow() ? 0 : Math.min(3 ** attempts / 100, longestWaitS) * (0.5 + Math.random() / 2)),
    onclose: onOver,
    onnotify,
    onnotice: (notice) => log.debug({ notice: notice['message'] }, 'database notice'),
    connection: {
      application_name: 'muster',
      statement_timeout: 30_000,
      idle_in_transaction_session_timeout: 60_000,
      ...settings,
    },
  };
  return postgres(address, options);
}
