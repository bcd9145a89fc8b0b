import postgres from 'postgres';
import type { Logger } from 'pino';

/** Notifications of one connection. The driver knows the option; its types do not name it. */
export type NotifyOption = { readonly onnotify?: (channel: string, payload: string) => void };

/** How every connection of ours is made. Nothing is connected until the first statement. */
export function openClient(
  url: string,
  log: Logger,
  { max, onClose, onnotify }: { max: number; onClose: () => void } & NotifyOption,
): postgres.Sql {
  const options: postgres.Options<Record<string, postgres.PostgresType>> & NotifyOption = {
    max,
    connect_timeout: 5,
    // A connection that closes is always news: what the driver would do behind our back is not wanted.
    idle_timeout: 0,
    max_lifetime: null,
    onclose: onClose,
    onnotify,
    onnotice: (notice) => log.debug({ notice: notice['message'] }, 'database notice'),
    connection: {
      application_name: 'muster',
      statement_timeout: 30_000,
      idle_in_transaction_session_timeout: 60_000,
    },
  };
  return postgres(url, options);
}
