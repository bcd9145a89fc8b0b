import { setTimeout as delay } from 'node:timers/promises';
import postgres from 'postgres';
import { pick } from '../../simulator/index.ts';
import { ensureDatabase, startPostgres, type RunningPostgres } from '../../local/postgres/index.ts';
import { eventually } from '../support/eventually.ts';

/** The PostgreSQL of an installation, which can be broken. */
export class Database {
  readonly url: string;
  /** The suite's own look into it, past everybody. */
  readonly sql: postgres.Sql;
  readonly #options: Parameters<typeof startPostgres>[0];
  #server: RunningPostgres;
  readonly #random: () => number;

  private constructor(server: RunningPostgres, options: Parameters<typeof startPostgres>[0], random: () => number) {
    this.#server = server;
    this.#options = { ...options, port: server.port };
    this.#random = random;
    this.url = server.url('muster');
    this.sql = postgres(this.url, { max: 2, onnotice: () => {}, connection: { application_name: 'faults' } });
  }

  static async open(directory: string, random: () => number): Promise<Database> {
    const options = { directory, durable: false };
    const server = await startPostgres(options);
    await ensureDatabase(server, 'muster');
    return new Database(server, options, random);
  }

  /** Ends all its connections, whatever they do. */
  async stop(): Promise<void> {
    await this.#server.stop();
  }

  async start(): Promise<void> {
    this.#server = await startPostgres(this.#options);
  }

  async close(): Promise<void> {
    await this.sql.end({ timeout: 1 });
    await this.stop();
  }

  /** Ends so many of the replicas' connections every now and then, until the answer is called. */
  endConnections(share: number): () => Promise<void> {
    const ending = new AbortController();
    const working = (async () => {
      while (!ending.signal.aborted) {
        await this.sql`
          select pg_terminate_backend(pid) from pg_stat_activity
          where datname = current_database() and application_name <> 'faults' and random() < ${share}
        `.catch(() => {}); // it may be stopped just now
        await delay(300, undefined, { signal: ending.signal }).catch(() => {});
      }
    })();
    return () => {
      ending.abort();
      return working;
    };
  }

  /** From now on, statements that write to one of the tables fail now and then, until the answer is called. */
  async failStatements(severity: number): Promise<() => Promise<void>> {
    const [table, code] = [pick(this.#random, brokenTables)!, pick(this.#random, codes)!];
    const share = 0.1 + severity * 0.4;
    const name = `${code}_${Math.round(share * 100)}`;
    try {
      await this.sql.unsafe(`
        create or replace function fault_${name}() returns trigger language plpgsql as $$
        begin
          if random() < ${share} then raise exception 'a fault of the test' using errcode = '${code}'; end if;
          return null;
        end $$;
        create or replace trigger fault before insert or update or delete on ${table}
        for each statement execute function fault_${name}();
      `);
    } catch {
      return async () => {}; // it is stopped just now, too
    }
    // It may be stopped just now, too.
    return async () => {
      const drop = () => this.sql.unsafe(`drop trigger if exists fault on ${table}`);
      await eventually('statements are well again', () =>
        drop().then(
          () => true,
          () => false,
        ),
      );
    };
  }
}

/** What a start, an end, a heartbeat, a connection or a renewal writes. */
const brokenTables = [
  'sandboxes',
  'sandbox_attempts',
  'sandbox_events',
  'hosts',
  'host_connections',
  'host_families',
  'host_refresh_tokens',
  'audit_events',
  'audit_seals',
  'audit_unsealed',
  'replicas',
];

/** Out of memory, disk full, serialization failure, deadlock, going away. */
const codes = ['53200', '53100', '40001', '40P01', '57P01'];
