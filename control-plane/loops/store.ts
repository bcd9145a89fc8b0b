import type { Sql } from '../database/index.ts';

/** The first key of every loop's advisory lock, so that they meet no other lock; any constant serves. */
const lockClass = 7080;

/** Whether this connection holds the lock of this name, taken now if it was free. Repeating it changes nothing. */
export async function holdLock(sql: Sql, name: string): Promise<boolean> {
  const [row] = await sql<{ held: boolean }[]>`
    with key as (select hashtext(${name}) as value)
    select case
      when exists (
        select from pg_locks, key
        where locktype = 'advisory' and pid = pg_backend_pid() and database = (select oid from pg_database where datname = current_database())
          and classid = ${lockClass} and objid::bigint = key.value::bigint & 4294967295 and objsubid = 2
      ) then true
      else pg_try_advisory_lock(${lockClass}, key.value)
    end as held
    from key
  `;
  return row!.held; // one row always
}
