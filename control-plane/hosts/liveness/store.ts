import type { Sql } from '../../database/index.ts';

/** How the silence of hosts looks, by the database's clock. */
export interface Silence {
  readonly online: number;
  /** Online hosts that have been silent for too long. */
  readonly silent: string[];
  /** Those among them who fell silent within one window of time, not long ago: all at once, it seems. */
  readonly together: string[];
}

/** `windowMs`: how close together silences must begin. `heldMs`: how long we may doubt ourselves. */
export async function findSilence(
  sql: Sql,
  { afterMs, windowMs, heldMs }: { afterMs: number; windowMs: number; heldMs: number },
): Promise<Silence> {
  const [row] = await sql<Silence[]>`
    with online as (select id, last_seen_at from hosts where status = 'online'),
    silent as (select id, last_seen_at from online where last_seen_at < now() - ${afterMs}::float8 * interval '1 millisecond'),
    together as (
      select id from silent
      where last_seen_at >= (select max(last_seen_at) from silent) - ${windowMs}::float8 * interval '1 millisecond'
        and last_seen_at > now() - ${afterMs + heldMs}::float8 * interval '1 millisecond'
    )
    select (select count(*)::int from online) as online,
      array(select id from silent order by id) as silent, array(select id from together order by id) as together
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
