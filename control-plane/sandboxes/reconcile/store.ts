import type { Sql } from '../../database/index.ts';
import type { ObservedState, WantedState } from '../sandbox.ts';
import { isOver } from '../store.ts';

/** A sandbox as the database knows it when it is compared with its host. */
export interface Known {
  readonly id: string;
  readonly hostId: string;
  readonly attempt: number;
  readonly wanted: WantedState;
  readonly observed: ObservedState;
  readonly observedRevision: number;
  readonly hostRevision: bigint;
  /** The call that placed it had ended when this was read: absence in an inventory that begins afterwards is evidence. */
  readonly callOver: boolean;
  readonly reason: string;
  /** Its end has come, and what is to become of it is about to be wanted: its host may have been quicker. */
  readonly timeOver: boolean;
  /** It is to rest because of that. */
  readonly isOver: boolean;
  /** Of its network: what should be there, and whether the host has said that it is. */
  readonly networkRevision: bigint;
  readonly networkPending: boolean;
}

/** Calls to create end by their deadline long before this. */
const callAllowanceMs = 120_000;
/** A replica that says nothing for so long is dead, and its calls with it: it records no end of them. */
const deadAfterMs = 15_000;

/** Every sign of a difference is acted on at once; this is for what nobody has thought of. Of 10,000 hosts it looks at six a second. */
const atLeastEveryMs = 1_800_000;

const before = (sql: Sql, ms: number) => sql`now() - ${ms}::float8 * interval '1 millisecond'`;

/**
 * Whether the call that starts a sandbox's attempt is over. A replica that was only thought dead does no harm: what an
 * attempt would start is ended on its host before another one begins.
 */
const callOver = (sql: Sql) => sql`
  (
    coalesce(sandbox.attempt_call_ended_at < now(), attempt.started_at < ${before(sql, callAllowanceMs)})
    or attempt.started_at < ${before(sql, deadAfterMs)} and attempt.replica_id is not null
      and not exists (
        select from replicas where id = attempt.replica_id and alive_at > ${before(sql, deadAfterMs)}
      )
  )
`;

const known = (sql: Sql) => sql`
  select sandbox.id, sandbox.host_id as "hostId", sandbox.attempt, sandbox.wanted, sandbox.observed, sandbox.reason,
    coalesce(sandbox.expires_at <= now(), false) as "timeOver", ${isOver(sql)} as "isOver",
    sandbox.observed_revision::float8 as "observedRevision", sandbox.host_revision::text as "hostRevision",
    sandbox.network_revision::text as "networkRevision", sandbox.network_applied < sandbox.network_revision as "networkPending",
    ${callOver(sql)} as "callOver"
  from sandboxes sandbox
  join sandbox_attempts attempt on attempt.sandbox_id = sandbox.id and attempt.attempt = sandbox.attempt
`;

const withBigint = (
  rows: readonly (Omit<Known, 'hostRevision' | 'networkRevision'> & {
    hostRevision: string;
    networkRevision: string;
  })[],
): Known[] =>
  rows.map((row) => ({
    ...row,
    hostRevision: BigInt(row.hostRevision),
    networkRevision: BigInt(row.networkRevision),
  }));

/** The database's time, in microseconds. */
export async function readTime(sql: Sql): Promise<string> {
  const [row] = await sql<{ now: string }[]>`select now()::text as now`;
  return row!.now; // one row always
}

/** Whether the same connection of a host has stood for so long. */
export async function isConnectedFor(sql: Sql, hostId: string, ms: number): Promise<boolean> {
  const rows = await sql`select from live_connections where host_id = ${hostId} and connected_at < ${before(sql, ms)}`;
  return rows.length > 0;
}

/** What should be on a host: to be read before its inventory is asked for. */
export async function findKnownOn(sql: Sql, hostId: string): Promise<Known[]> {
  return withBigint(
    await sql`${known(sql)} where sandbox.host_id = ${hostId} and sandbox.observed not in ('destroyed', 'failed')`,
  );
}

/** What is known of sandboxes that a host has besides: to be read after its inventory, wherever they are by now. */
export async function findKnown(sql: Sql, ids: readonly string[]): Promise<Known[]> {
  return ids.length === 0
    ? []
    : withBigint(await sql`${known(sql)} where sandbox.id = any(${ids as string[]}::text[])`);
}

/**
 * Hosts connected to this replica whose inventory has to be compared: connected since the last time, another digest
 * than the last one, sandboxes that were started since (their loss would restore the old digest) or are not what they
 * should be; and now and then whatever the signs say.
 */
export async function findHostsToReconcile(
  sql: Sql,
  replicaId: string,
): Promise<{ id: string; teamId: string | null }[]> {
  return sql<{ id: string; teamId: string | null }[]>`
    select host.id, host.team_id as "teamId"
    from live_connections connection
    join hosts host on host.id = connection.host_id and host.status in ('online', 'unreachable')
    where connection.replica_id = ${replicaId}
      and (
        host.last_reconciled_at is null or host.last_reconciled_at < connection.connected_at
        or host.last_reconciled_at < now() - ${atLeastEveryMs}::float8 * interval '1 millisecond'
        or host.reported_digest is distinct from host.reconciled_digest
        or exists (
          select from sandboxes sandbox
          join sandbox_attempts attempt on attempt.sandbox_id = sandbox.id and attempt.attempt = sandbox.attempt
          where sandbox.host_id = host.id and sandbox.observed not in ('destroyed', 'failed')
            and case
              when sandbox.started_at > host.last_reconciled_at then true
              when sandbox.observed = 'missing' or sandbox.network_applied < sandbox.network_revision then true
              when sandbox.observed = 'pending' then ${callOver(sql)}
              else sandbox.observed::text <> sandbox.wanted::text
            end
        )
      )
    order by host.id
  `;
}
