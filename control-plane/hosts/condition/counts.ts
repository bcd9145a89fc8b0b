import type { Sql } from '../../database/index.ts';

/** How many hosts are not as they should be, and what concerns all of them. */
export interface ConditionCounts {
  readonly quarantined: number;
  readonly cordoned: number;
  readonly draining: number;
  readonly gaveUp: number;
  /** Whose clock is further off than is warned about. */
  readonly clockOff: number;
  readonly unknownSandboxes: number;
  readonly disrupted: boolean;
  readonly drifting: boolean;
}

/** As the console warns about it. */
const clockOffMs = 30_000;

export async function countConditions(sql: Sql): Promise<ConditionCounts> {
  const [row] = await sql<ConditionCounts[]>`
    with host as (
      select count(*) filter (where quarantined_at is not null)::int as quarantined, count(*) filter (where cordoned_at is not null)::int as cordoned,
        count(*) filter (where status = 'online' and abs(clock_skew_ms) > ${clockOffMs})::int as off, coalesce(sum(unknown_beyond), 0)::int as beyond
      from hosts where status <> 'deleted'
    ),
    drain as (
      select count(*) filter (where drain.state = 'draining')::int as draining, count(*) filter (where drain.state = 'gave_up')::int as gave_up
      from host_drains drain join hosts on hosts.id = drain.host_id and hosts.status <> 'deleted'
    )
    select host.quarantined, host.cordoned, drain.draining, drain.gave_up as "gaveUp", host.off as "clockOff",
      host.beyond + (select count(*)::int from unknown_sandboxes where gone_at is null and released_at is null) as "unknownSandboxes",
      exists (select from fleet_disruption) as disrupted,
      (select drift_since is not null from database_life) as drifting
    from host cross join drain
  `;
  return row!; // one row always
}
