import type { Sql } from '../../database/index.ts';
import type { DrainAction } from '../host.ts';

/** Begins a drain, or changes the one that runs: it keeps when it began and how much there was. */
export const beginDrain = (
  sql: Sql,
  drain: { hostId: string; reason: string; action: DrainAction; deadlineMs: number | null },
) => sql`
  insert into host_drains as drain (host_id, action, reason, deadline_at, sandboxes_at_start)
  select ${drain.hostId}, ${drain.action}::drain_action, ${drain.reason},
    now() + ${drain.deadlineMs}::float8 * interval '1 millisecond', ${inTheWay(sql, sql`${drain.hostId}`, sql`${drain.action}::drain_action`)}
  on conflict (host_id) do update
  set action = excluded.action, reason = excluded.reason, deadline_at = excluded.deadline_at, state = 'draining', ended_at = null, progress = '',
    started_at = case when drain.state = 'draining' then drain.started_at else now() end,
    sandboxes_at_start = case when drain.state = 'draining' then greatest(drain.sandboxes_at_start, excluded.sandboxes_at_start)
      else excluded.sandboxes_at_start end
`;

/** A drain that runs, as the loop needs it. */
export interface RunningDrain {
  readonly hostId: string;
  readonly action: DrainAction;
  readonly reason: string;
  readonly over: boolean;
  readonly left: number;
  readonly hostConnected: boolean;
  readonly progress: string;
}

/** The host's drain, while it runs; its host's row is locked, as whoever places a sandbox there or drains it does. */
export async function lockDrain(sql: Sql, hostId: string): Promise<RunningDrain | undefined> {
  await sql`select from hosts where id = ${hostId} for no key update`;
  const [row] = await sql<RunningDrain[]>`
    select drain.host_id as "hostId", drain.action, drain.reason, drain.progress, coalesce(drain.deadline_at <= now(), false) as over,
      ${inTheWay(sql, sql`drain.host_id`, sql`drain.action`)} as left,
      exists (select from live_connections connection where connection.host_id = drain.host_id) as "hostConnected"
    from host_drains drain
    join hosts host on host.id = drain.host_id and host.status <> 'deleted'
    where drain.host_id = ${hostId} and drain.state = 'draining'
  `;
  return row;
}

export async function findRunningDrains(sql: Sql): Promise<string[]> {
  const rows = await sql<
    { id: string }[]
  >`select host_id as id from host_drains where state = 'draining' order by started_at`;
  return rows.map(({ id }) => id);
}

/** Sandboxes that stand in the way of a drain. */
const inTheWay = (sql: Sql, hostId: ReturnType<Sql>, action: ReturnType<Sql>) => sql`
  coalesce((
    select case when ${action} = 'destroy' then remaining.live else remaining.active end
    from sandboxes_left remaining where remaining.host_id = ${hostId}
  ), 0)
`;

export const endDrain = (sql: Sql, hostId: string, state: 'drained' | 'gave_up') => sql`
  update host_drains set state = ${state}::drain_state, ended_at = now(), progress = '' where host_id = ${hostId}
`;

export const setProgress = (sql: Sql, hostId: string, progress: string) => sql`
  update host_drains set progress = ${progress} where host_id = ${hostId}
`;

/** Takes the drain away, running or not. Answers whether it ran. */
export async function removeDrain(sql: Sql, hostId: string): Promise<boolean> {
  const [row] = await sql<{ ran: boolean }[]>`
    delete from host_drains where host_id = ${hostId} returning state = 'draining' as ran
  `;
  return row?.ran ?? false;
}
