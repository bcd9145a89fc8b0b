import type { Sql } from '../database/index.ts';
import type { Obstacle } from './obstacles.ts';
import type { Candidate } from './strategy.ts';

/** What a sandbox needs of a host. */
export interface Demand {
  readonly teamId: string;
  readonly template: string;
  /** What it stands on; empty for a host's own template of that name. */
  readonly layers: readonly string[];
  readonly cpuMillis: number;
  readonly memoryMib: number;
  readonly diskMib: number;
  /** Only hosts that carry all of these. */
  readonly hostLabels: Readonly<Record<string, string>>;
  /** The only host that it may run on; null for all. */
  readonly boundHostId: string | null;
  readonly network: 'none' | 'egress';
  /** Hosts on which it has failed. */
  readonly exceptHosts: readonly string[];
}

/** Any constant serves, if nobody else takes it. */
const placementLock = 7_080_002;

/** Lets one transaction at a time choose and insert: until it ends, nobody else's sums can change under it. */
export async function lockPlacement(sql: Sql): Promise<void> {
  await sql`select pg_advisory_xact_lock(${placementLock})`;
}

/** Of the row `host`: of the platform's, a team that has one to itself runs only there, and nobody else does. */
const isAssignedAsNeeded = (sql: Sql, teamId: string) => sql`
  (
    host.team_id is not null or host.assigned_team_id is not distinct from (
      select assigned.assigned_team_id from hosts assigned
      where assigned.assigned_team_id = ${teamId} and assigned.status <> 'deleted' limit 1
    )
  )
`;

/**
 * Hosts that the team's sandboxes may run on, with what stands against each: every one, or so many online ones that have
 * waited longest for their turn.
 */
export const findCandidates = (sql: Sql, demand: Demand, longestWaiting?: number) => sql<
  (Candidate & { obstacle: Obstacle | null })[]
>`
  with needed as (
    select ${demand.cpuMillis}::float8 as cpu_millis, ${demand.memoryMib}::float8 as memory_mib, ${demand.diskMib}::float8 as disk_mib
  ),
  owned as (
    select host.*,
      host.cpus * 1000 * host.overcommit_cpu as cpu_room,
      host.memory_mib * host.overcommit_memory as memory_room,
      host.disk_mib * host.overcommit_disk as disk_room
    from hosts host
    where coalesce(host.team_id, '') = (select case when own_hosts then id else '' end from teams where id = ${demand.teamId})
      and ${isAssignedAsNeeded(sql, demand.teamId)}
      ${
        longestWaiting === undefined
          ? sql`and host.status <> 'deleted'`
          : sql`and host.status = 'online' order by coalesce(host.team_id, ''), host.last_placement, host.id limit ${longestWaiting}`
      }
  )
  select owned.id as "hostId", owned.last_placement::float8 as "lastPlacement",
    case
      when ${demand.boundHostId}::text is not null and owned.id <> ${demand.boundHostId}::text then 'not_bound_to'
      when owned.status = 'pending' then 'not_joined'
      when owned.status = 'unreachable' then 'unreachable'
      when owned.cordoned_at is not null then 'cordoned'
      when owned.quarantined_at is not null then 'quarantined'
      when owned.id = any(${demand.exceptHosts as string[]}::text[]) then 'failed_there'
      when not owned.labels @> ${JSON.stringify(demand.hostLabels)}::text::jsonb then 'labels'
      when owned.runtime = '' then 'no_runtime'
      when ${demand.network} = 'egress' and not owned.egress then 'no_egress'
      when ${demand.layers.length === 0} and not ${demand.template} = any(owned.templates) then 'template_not_ready'
      when exists (
        select from unnest(${demand.layers as string[]}::text[]) as wanted(digest)
        where not wanted.digest = any(owned.layers) and not wanted.digest = any(owned.template_digests)
          and not exists (select from layers layer where layer.digest = wanted.digest and layer.stored_at is not null)
      ) then 'template_not_ready'
      when owned.cpu_room < needed.cpu_millis or owned.memory_room < needed.memory_mib or owned.disk_room < needed.disk_mib then 'too_small'
      when coalesce(promised.cpu_millis, 0) + needed.cpu_millis > owned.cpu_room
        or coalesce(promised.memory_mib, 0) + needed.memory_mib > owned.memory_room
        or coalesce(promised.disk_mib, 0) + needed.disk_mib > owned.disk_room then 'full'
      when connection.host_id is null then 'not_connected'
    end as obstacle
  from owned
  cross join needed
  left join live_connections connection on connection.host_id = owned.id
  left join ${
    longestWaiting === undefined
      ? sql`promised_capacity promised on promised.host_id = owned.id`
      : // Not flattened into the join, which would sum up what is promised on every host.
        sql`lateral (select * from promised_capacity where host_id = owned.id offset 0) promised on true`
  }
`;

/** What is left of a host. */
export async function findRoom(
  sql: Sql,
  hostId: string,
): Promise<{ readonly cpuMillis: number; readonly memoryMib: number; readonly draining: boolean } | undefined> {
  const [row] = await sql<{ cpuMillis: number; memoryMib: number; draining: boolean }[]>`
    select (host.cpus * 1000 * host.overcommit_cpu - coalesce(promised.cpu_millis, 0))::float8 as "cpuMillis",
      (host.memory_mib * host.overcommit_memory - coalesce(promised.memory_mib, 0))::float8 as "memoryMib",
      exists (select from host_drains drain where drain.host_id = host.id) as draining
    from hosts host left join promised_capacity promised on promised.host_id = host.id
    where host.id = ${hostId}
  `;
  return row;
}

/** What sandboxes of a team have whose creators say nothing: egress where a host that serves the team offers it. */
export async function defaultNetwork(sql: Sql, teamId: string): Promise<Demand['network']> {
  const [row] = await sql<{ offered: boolean }[]>`
    select exists (
      select from teams team
      join hosts host on host.team_id is not distinct from case when team.own_hosts then team.id end
      where team.id = ${teamId} and host.status = 'online' and host.egress and ${isAssignedAsNeeded(sql, teamId)}
    ) as offered
  `;
  return row?.offered ? 'egress' : 'none';
}

/**
 * Puts the host at the end of the round. Loses its race, so that the transaction is repeated, when the host went away since
 * it was found: a deleted host takes nothing, nor does one that does not serve the team any more.
 */
export const takeTurn = (sql: Sql, hostId: string, teamId: string) => sql`
  with turn as (
    update hosts host set last_placement = nextval('placement_sequence')
    from teams team
    where host.id = ${hostId} and host.status = 'online' and host.cordoned_at is null and host.quarantined_at is null and team.id = ${teamId}
      and host.team_id is not distinct from case when team.own_hosts then team.id end and ${isAssignedAsNeeded(sql, teamId)}
    returning host.id
  )
  select require_row(exists (select from turn), 'The host that was chosen takes nothing any more.')
`;

/** How many placements there have been since the installation began. */
export async function countPlacements(sql: Sql): Promise<number> {
  const [row] = await sql<{ placements: number }[]>`
    select case when is_called then last_value::float8 else 0 end as placements from placement_sequence
  `;
  return row?.placements ?? 0;
}

/** A machine of the platform, with whose it is and how many sandboxes of other teams it has. */
export async function findAssignable(
  sql: Sql,
  hostId: string,
  teamId: string,
): Promise<
  { readonly name: string; readonly assignedTeamId: string | null; readonly othersSandboxes: number } | undefined
> {
  const [row] = await sql<{ name: string; assignedTeamId: string | null; othersSandboxes: number }[]>`
    select host.name, host.assigned_team_id as "assignedTeamId",
      (
        select count(*)::int from sandboxes sandbox
        where sandbox.host_id = host.id and sandbox.team_id <> ${teamId} and sandbox.observed not in ('destroyed', 'failed')
      ) as "othersSandboxes"
    from hosts host where host.id = ${hostId} and host.team_id is null and host.status <> 'deleted'
    for update
  `;
  return row;
}

/** Null: everybody's. */
export const setAssignedTeam = (sql: Sql, hostId: string, teamId: string | null) => sql`
  update hosts set assigned_team_id = ${teamId} where id = ${hostId}
`;
