import type { Sql } from '../../database/index.ts';

/** How the silence of hosts looks, by the database's clock. */
export interface Silence {
  /** Hosts that were online when most of the silence began. */
  readonly online: number;
  /** How many of them fell silent within one window of time: those that are only overdue, and those that are marked by now, too. */
  readonly together: number;
  /** Online hosts that have been silent for too long. */
  readonly silent: string[];
  /** Those among them who have been for so long that we doubt ourselves no more. */
  readonly beyondDoubt: string[];
}

interface SilenceLimits {
  /** So long after its last heartbeat a host is late, and may be silent. */
  readonly overdueMs: number;
  /** So long after it a host is silent. */
  readonly afterMs: number;
  /** How close together silences must begin to count as one. */
  readonly windowMs: number;
  /** How long we may doubt ourselves, from then on. */
  readonly heldMs: number;
}

const ago = (sql: Sql, ms: number) => sql`now() - ${ms}::float8 * interval '1 millisecond'`;

/**
 * Hosts report at different times, so in an outage they cross every limit one after the other: who is overdue counts as
 * fallen silent, else most of them would be marked before enough of them have crossed it. All hosts are read once.
 */
export async function findSilence(sql: Sql, { overdueMs, afterMs, windowMs, heldMs }: SilenceLimits): Promise<Silence> {
  const [row] = await sql<Silence[]>`
    with joined as materialized (
      select id, status, last_seen_at from hosts where status in ('online', 'unreachable')
    ),
    overdue as materialized (
      select id, status, last_seen_at from joined
      where last_seen_at < ${ago(sql, overdueMs)} and last_seen_at > ${ago(sql, afterMs + heldMs)}
    ),
    largest as (
      select count(*) over so_far as together, count(*) filter (where status = 'unreachable') over so_far as marked
      from overdue
      window so_far as (order by last_seen_at range between ${windowMs}::float8 * interval '1 millisecond' preceding and current row)
      order by together desc, marked desc limit 1
    ),
    silent as materialized (
      select id, last_seen_at from joined where status = 'online' and last_seen_at < ${ago(sql, afterMs)}
    )
    select (select count(*) from joined where status = 'online')::int + coalesce((select marked from largest), 0)::int as online,
      coalesce((select together from largest), 0)::int as together,
      array(select id from silent order by id) as silent,
      array(select id from silent where last_seen_at <= ${ago(sql, afterMs + heldMs)} order by id) as "beyondDoubt"
  `;
  return row!; // one row always
}

/** Marks hosts that are still silent; whoever was heard in between is left alone. Answers whom it marked. */
export async function markUnreachable(sql: Sql, hostIds: readonly string[], afterMs: number): Promise<string[]> {
  const rows = await sql<{ id: string }[]>`
    with silent as (
      select id from hosts
      where id = any(${hostIds as string[]}::text[]) and status = 'online' and last_seen_at < now() - ${afterMs}::float8 * interval '1 millisecond'
      order by id
      for no key update
    ),
    marked as (
      update hosts set status = 'unreachable' from silent where hosts.id = silent.id
      returning hosts.id, last_seen_at
    )
    insert into host_events (host_id, kind, last_seen_at) select id, 'unreachable', last_seen_at from marked
    returning host_id as id
  `;
  return rows.map(({ id }) => id);
}
