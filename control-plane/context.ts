import type { Logger } from 'pino';
import type { Registry } from 'prom-client';
import { system, type Caller } from './access/caller.ts';
import type { Clock } from './clock.ts';
import type { Config } from './config.ts';
import { inTransaction, together, type Lastly, type Pool, type Sql } from './database/index.ts';
import type { EventBus } from './events/index.ts';
import type { Installation } from './installation/types.ts';
import type { OidcProvider } from './sso/oidc/provider.ts';

/** What one replica is made of. Wired in main.ts, and in tests; nothing else holds state. */
export interface Services {
  readonly config: Config;
  readonly log: Logger;
  readonly clock: Clock;
  readonly pool: Pool;
  readonly bus: EventBus;
  readonly installation: Installation;
  /** Where people sign in, where that is an OpenID provider. */
  readonly oidc?: OidcProvider | undefined;
  /** This replica, made anew at every start. */
  readonly replicaId: string;
  /** Where the other replicas reach this one. */
  readonly replicaUrl: string;
  /** Where people and agents reach this installation (`https://muster.example`), without a slash at the end. */
  readonly publicUrl: string;
  /** What this control plane is built from; the commit is empty where it is unknown. */
  readonly build: { readonly version: string; readonly commitSha: string };
  /** What `/metrics` shows; features register theirs. */
  readonly metrics: Registry;
}

/** Where a request came from, for the log and the audit. Empty strings for work of our own. */
export interface Origin {
  readonly requestId: string;
  readonly address: string;
  readonly userAgent: string;
  /** Whether it came from this machine itself, by a loopback name, with no proxy between. */
  readonly loopback: boolean;
}

/** The first argument of everything: who asks, the log, the cancellation signal, the database. */
export interface Context extends Services {
  readonly caller: Caller;
  readonly origin: Origin;
  readonly signal: AbortSignal;
  /** The pool; inside `transaction` use the argument of the work instead. */
  readonly sql: Sql;
  /** Runs the work in one transaction; repeated when it lost against another. */
  transaction<T>(work: (sql: Sql) => Promise<T | Lastly<T>>): Promise<T>;
  /** Runs statements that need not wait for each other, each by itself and in this order, on one way to the database. */
  together<T>(work: (sql: Sql) => Promise<T>): Promise<T>;
}

/** The context of one request. */
export function makeContext(services: Services, request: Pick<Context, 'caller' | 'origin' | 'signal'>): Context {
  const { pool, log } = services;
  const { requestId } = request.origin;
  let own: Logger | undefined;
  return {
    ...services,
    ...request,
    // Most requests write nothing of their own.
    get log() {
      return (own ??= requestId === '' ? log : log.child({ requestId }));
    },
    sql: pool,
    transaction: (work) => inTransaction(pool, work),
    together: (work) => together(pool, work),
  };
}

/** The context of our own work: loops and admin commands. */
export function systemContext(services: Services, signal: AbortSignal): Context {
  return makeContext(services, {
    caller: system,
    origin: { requestId: '', address: '', userAgent: '', loopback: true },
    signal,
  });
}
