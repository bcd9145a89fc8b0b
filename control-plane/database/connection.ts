import type postgres from 'postgres';
import type { Logger } from 'pino';
import { openClient, type NotifyOption, type SettingsOption } from './driver.ts';
import { withoutOrigin } from './origin.ts';

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
  { onClose, ...options }: { onClose?: () => void } & NotifyOption & SettingsOption = {},
): Connection {
  let closed = false;
  const close = () => {
    if (closed) return;
    closed = true;
    onClose?.();
  };
  const problemNow = () => (closed ? new ConnectionLost() : undefined);
  // The driver connects by itself until it can: with the statement that waited, long after nobody wants it any more.
  const client = openClient(url, log, { max: 1, onOver: close, problemNow, ...options });
  return {
    sql: guarded(client, problemNow),
    get closed() {
      return closed;
    },
    async end() {
      close();
      await client.end({ timeout: 0 });
    },
  };
}

/** The same client, which asks before each statement whether it may still be sent. What may not be is refused like a statement that failed. */
export function guarded(client: postgres.Sql, problemNow: () => Error | undefined): postgres.Sql {
  const send = (statement: () => unknown): unknown => {
    const problem = problemNow();
    return problem ? refused(problem) : statement();
  };
  return new Proxy(client, {
    apply: (target, self, parameters: unknown[]) =>
      isTemplate(parameters)
        ? send(() => withoutOrigin(parameters[0], Reflect.apply(target, self, parameters)))
        : (Reflect.apply(target, self, parameters) as unknown),
    get: (target, key) =>
      key === 'unsafe'
        ? (...parameters: Parameters<postgres.Sql['unsafe']>) => send(() => target.unsafe(...parameters))
        : (Reflect.get(target, key) as unknown),
  });
}

/** Whether the client is called as the tag of a template, and not as a helper for a part of one. */
const isTemplate = ([first]: unknown[]) => Array.isArray(first) && 'raw' in first;

/** A statement that was never sent. Nobody has to wait for it. */
function refused(problem: Error): Promise<never> {
  const refusal = Promise.reject(problem);
  refusal.catch(() => {});
  return refusal;
}
