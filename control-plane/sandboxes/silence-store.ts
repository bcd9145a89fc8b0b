import type { Sql } from '../database/index.ts';
import { announcement } from '../events/index.ts';

/** Hosts that this replica holds, on which something runs. */
export async function findHostsAtWork(sql: Sql, replicaId: string): Promise<string[]> {
  const rows = await sql<{ hostId: string }[]>`
    select connection.host_id as "hostId" from live_connections connection
    where connection.replica_id = ${replicaId}
      and exists (select from sandboxes where sandboxes.host_id = connection.host_id and observed = 'running')
  `;
  return rows.map(({ hostId }) => hostId);
}

/** What goes on in a sandbox, as its host says. */
export interface Work {
  readonly sandboxId: string;
  readonly attempt: number;
  readonly processes: number;
  readonly quietForMs: number;
}

/** Writes what a host has said now, of those that have work or had some. */
export const recordWork = (sql: Sql, hostId: string, works: readonly Work[]) => sql`
  update sandboxes
  set work_processes = told.processes, work_told_at = now(),
    last_work_at = greatest(last_work_at, now() - told.quiet_ms * interval '1 millisecond')
  from unnest(
    ${works.map(({ sandboxId }) => sandboxId)}::text[], ${works.map(({ attempt }) => attempt)}::int[],
    ${works.map(({ processes }) => processes)}::int[], ${works.map(({ quietForMs }) => quietForMs)}::float8[]
  ) as told (id, attempt, processes, quiet_ms)
  where sandboxes.id = told.id and sandboxes.attempt = told.attempt and sandboxes.host_id = ${hostId}
    and (told.processes > 0 or sandboxes.work_processes > 0 or sandboxes.metadata ? 'work')
`;

/** Hosts say it every minute; who has not said it for so long does not know it now. */
const toldWithin = '5 minutes';
/** A host's answer takes now longer, now shorter: that alone is no news. */
const jitter = '1 minute';

/** Notes whose work is silent now, and whose is not any more; answers those. */
export const judgeSilence = (sql: Sql, silentAfterMs: number) => sql<{ id: string }[]>`
  with quiet as (
    select id, silent_since, greatest(started_at, last_activity_at, last_work_at) as since,
      wanted = 'running' and observed = 'running' and work_told_at > now() - ${toldWithin}::interval
        and (metadata ->> 'work' in ('assistant', 'scheduled') or work_processes > 0 and metadata ->> 'work' is distinct from 'service')
        as works
    from sandboxes
    where observed not in ('destroyed', 'failed') and (silent_since is not null or work_processes > 0 or metadata ? 'work')
  ),
  judged as (
    select id, silent_since, case when works and since <= now() - ${silentAfterMs} * interval '1 millisecond' then since end as since from quiet
  ),
  changed as (
    update sandboxes set silent_since = judged.since
    from judged
    where sandboxes.id = judged.id
      and ((judged.since is null) <> (judged.silent_since is null) or judged.since > judged.silent_since + ${jitter}::interval)
    returning sandboxes.id
  ),
  told as (select ${announcement(sql, 'sandbox', sql`id`)} from changed)
  select changed.id from changed cross join (select count(*) from told) as told
`;

/** Since when a sandbox's work is silent: only what runs can be. */
export const silentSince = (sql: Sql) =>
  sql`case when sandbox.wanted = 'running' and sandbox.observed = 'running' then sandbox.silent_since end`;

/** A sandbox whose work is silent. */
export interface SilentSandbox {
  readonly id: string;
  /** The one that its owner gave it; empty where there is none. */
  readonly name: string;
  readonly teamName: string;
  readonly hostId: string;
  readonly hostName: string;
  readonly hostLabels: Readonly<Record<string, string>>;
  readonly silentSince: Date;
}

/** All of them, the longest silent first. */
export const findSilentSandboxes = (sql: Sql) => sql<SilentSandbox[]>`
  select sandbox.id, coalesce(sandbox.metadata ->> 'name', '') as name, team.name as "teamName", sandbox.host_id as "hostId",
    host.name as "hostName", host.labels as "hostLabels", sandbox.silent_since as "silentSince"
  from sandboxes sandbox
  join teams team on team.id = sandbox.team_id and team.deleted_at is null
  join hosts host on host.id = sandbox.host_id
  where ${silentSince(sql)} is not null
  order by sandbox.silent_since, sandbox.id
`;
