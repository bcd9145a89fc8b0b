import type { Sql } from '../../database/index.ts';

/** A component of a team's machine that became another. */
export interface ComponentNews {
  readonly id: string;
  readonly hostId: string;
  readonly hostName: string;
  readonly component: string;
  /** Empty where only the disk is known. */
  readonly runningSha: string;
  readonly diskSha: string;
  readonly dirty: boolean;
  readonly atMicros: string;
}

/** What became of the components of the machines that are a team's alone after a moment, newest first. */
export const componentNews = (
  sql: Sql,
  { teamId, afterMicros, limit }: { teamId: string; afterMicros: string; limit: number },
) => sql<ComponentNews[]>`
  select history.id::text, history.host_id as "hostId", host.name as "hostName", history.component,
    history.running_sha as "runningSha", history.disk_sha as "diskSha", history.dirty,
    (extract(epoch from history.started_at) * 1000000)::bigint::text as "atMicros"
  from hosts host join component_history history on history.host_id = host.id
  where ${teamId} in (host.team_id, host.assigned_team_id) and host.status <> 'deleted'
    and history.started_at > timestamptz 'epoch' + ${afterMicros}::bigint * interval '1 microsecond'
  order by history.started_at desc, history.id desc
  limit ${limit}
`;
