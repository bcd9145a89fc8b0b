import type { Sql } from '../../database/index.ts';
import type { Mark } from './mark.ts';

/** What is known of drift. */
export interface Drift {
  readonly since: Date;
  readonly hostId: string | null;
  readonly lostSteps: bigint;
  readonly hosts: number;
  readonly held: number;
  readonly windowUntil: Date | null;
  readonly reestablished: number;
}

export async function findDrift(sql: Sql): Promise<Drift | undefined> {
  const [row] = await sql<(Omit<Drift, 'lostSteps'> & { lostSteps: string })[]>`
    select life.drift_since as since, life.drift_host_id as "hostId", life.drift_steps::text as "lostSteps",
      case when life.window_until > now() then life.window_until end as "windowUntil", counts.*
    from database_life life
    cross join (
      select count(*) filter (where ahead_at is not null)::int as hosts, coalesce(sum(drift_held), 0)::int as held,
        count(*) filter (where reestablished_at is not null)::int as reestablished
      from hosts where ahead_at is not null or reestablished_at is not null or drift_held > 0
    ) counts
    where life.drift_since is not null
  `;
  return row && { ...row, lostSteps: BigInt(row.lostSteps) };
}

/** Whether the database is known to be older than what hosts have seen: then nothing is ended by itself. */
export async function isDrifting(sql: Sql): Promise<boolean> {
  const [row] = await sql<{ drifting: boolean }[]>`select drift_since is not null as drifting from database_life`;
  return row?.drifting ?? false;
}

/** Whether hosts may prove themselves by their keys alone now. */
export async function isWindowOpen(sql: Sql): Promise<boolean> {
  const [row] = await sql<{ open: boolean }[]>`
    select coalesce(drift_since is not null and window_until > now(), false) as open from database_life
  `;
  return row?.open ?? false;
}

/** The number that the next answer takes, without taking it. */
export async function readMark(sql: Sql): Promise<Mark> {
  const [row] = await sql<{ generation: string; sequence: string }[]>`
    select life.generation, (state.last_value + case when state.is_called then 1 else 0 end)::text as sequence
    from database_life life cross join state_sequence state
  `;
  return { generation: row!.generation, sequence: BigInt(row!.sequence) }; // one row always
}

/** Notes that a host has seen more than the database knows. Answers whether that is news. */
export async function noteDrift(sql: Sql, hostId: string | null, steps: bigint): Promise<boolean> {
  await sql`update hosts set ahead_at = coalesce(ahead_at, now()) where id = ${hostId}`;
  const [before] = await sql<
    { known: boolean }[]
  >`select drift_since is not null as known from database_life for update`;
  await sql`
    update database_life
    set drift_since = coalesce(drift_since, now()), drift_host_id = coalesce(drift_host_id, ${hostId}),
      drift_steps = greatest(drift_steps, ${steps.toString()}::bigint)
  `;
  return before?.known === false;
}

/** A host was taken back by its key. */
export const recordReestablished = (sql: Sql, hostId: string) => sql`
  update hosts set reestablished_at = now() where id = ${hostId}
`;

/** How much of a host waits for an operator's decision. */
export const recordHeld = (sql: Sql, hostId: string, held: number) => sql`
  update hosts set drift_held = ${held} where id = ${hostId} and drift_held <> ${held}
`;

export const openWindow = (sql: Sql, lifetimeMs: number) => sql`
  update database_life set window_until = now() + ${lifetimeMs}::float8 * interval '1 millisecond' where drift_since is not null
`;

/** Above every revision that hosts may have seen of a network in the life before. */
const revisionLeap = 1_000_000;

/** The database counts as it is: its next life begins. Revisions leap, so that what is said in it is newer than all before. */
export async function beginLife(sql: Sql): Promise<void> {
  await sql`
    update database_life
    set generation = gen_random_uuid()::text, drift_since = null, drift_host_id = null, drift_steps = 0, window_until = null
  `;
  await sql`update hosts set ahead_at = null, drift_held = 0, reestablished_at = null where ahead_at is not null or drift_held > 0 or reestablished_at is not null`;
  await sql`update sandboxes set network_revision = network_revision + ${revisionLeap} where observed not in ('destroyed', 'failed')`;
  await sql`update hosts set last_reconciled_at = null where status in ('online', 'unreachable')`;
}

/**
 * Says whether things may be ended because of what the database says alone: not while it is known to be older than what
 * hosts have seen, nor before one host at least was heard since the first question, which would have told.
 */
export function driftGuard(): (sql: Sql) => Promise<boolean> {
  let since: string | undefined;
  return async (sql) => {
    const [row] = await sql<{ clear: boolean; now: string }[]>`
      select now()::text as now, drift_since is null
        and exists (select from hosts where last_seen_at > ${since ?? null}::text::timestamptz) as clear
      from database_life
    `;
    since ??= row?.now;
    return row?.clear ?? false;
  };
}

/** Locks the row that says which life this is. Answers whether there is drift. */
export async function lockDrift(sql: Sql): Promise<boolean> {
  const [row] = await sql<
    { drifting: boolean }[]
  >`select drift_since is not null as drifting from database_life for update`;
  return row?.drifting ?? false;
}
