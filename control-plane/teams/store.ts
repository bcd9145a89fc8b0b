import type { TeamRole } from '../access/index.ts';
import type { Sql } from '../database/index.ts';
import type { TeamQuota, TeamRow } from './team.ts';

/** Answers nothing where the slug is taken, also by a deleted team: slugs are reserved for ever. */
export const insertTeam = (
  sql: Sql,
  team: { id: string; slug: string; name: string; requestId?: string | undefined },
) => sql<{ id: string }[]>`
  insert into teams (id, slug, name, request_id) values (${team.id}, ${team.slug}, ${team.name}, ${team.requestId ?? null})
  on conflict (slug) do nothing
  returning id
`;

export const findTeamByRequest = async (sql: Sql, requestId: string): Promise<string | undefined> => {
  const [row] = await sql<
    { id: string }[]
  >`select id from teams where request_id = ${requestId} and deleted_at is null`;
  return row?.id;
};

const columns = (sql: Sql) => sql`
  team.id, team.slug, team.name, team.invite_policy as "invitePolicy", team.require_second_factor as "requireSecondFactor",
  team.own_hosts as "ownHosts", team.created_at as "createdAt",
  coalesce(team.quota_sandboxes, 0) as "quotaSandboxes", coalesce(team.quota_cpu_millis, 0)::float8 as "quotaCpuMillis",
  coalesce(team.quota_memory_mib, 0)::float8 as "quotaMemoryMib", coalesce(team.quota_disk_mib, 0)::float8 as "quotaDiskMib",
  coalesce(team.quota_snapshots, 0) as "quotaSnapshots", team.quota_no_expiry as "quotaNoExpiry",
  coalesce(team.quota_hosts, 0) as "quotaHosts",
  (select count(*)::int from team_members counted where counted.team_id = team.id) as members
`;

/** Which teams somebody sees: all that stand, or those that they belong to. */
export interface TeamVisibility {
  readonly all: boolean;
  readonly teamIds: readonly string[];
}

/** A team that stands, if it may be seen. */
export const findTeam = async (sql: Sql, id: string, visible: TeamVisibility): Promise<TeamRow | undefined> => {
  const [row] = await sql<TeamRow[]>`
    select ${columns(sql)} from teams team
    where team.id = ${id} and team.deleted_at is null and (${visible.all} or team.id = any(${visible.teamIds as string[]}::text[]))
  `;
  return row;
};

/** Teams by name, from the one after `after` (name, id) on. */
export const listTeams = (
  sql: Sql,
  visible: TeamVisibility,
  after: readonly string[] | undefined,
  limit: number,
) => sql<TeamRow[]>`
  select ${columns(sql)} from teams team
  where team.deleted_at is null and (${visible.all} or team.id = any(${visible.teamIds as string[]}::text[]))
    and (${after === undefined} or (team.name, team.id) > (${after?.[0] ?? ''}, ${after?.[1] ?? ''}))
  order by team.name, team.id
  limit ${limit}
`;

/** Locks a team that stands against deletion and against changes of its members. Answers false where it is gone. */
export const lockTeam = async (sql: Sql, id: string): Promise<boolean> => {
  const rows = await sql`select id from teams where id = ${id} and deleted_at is null for update`;
  return rows.length > 0;
};

export interface TeamChange {
  readonly name: string | undefined;
  readonly invitePolicy: 'admins' | 'members' | undefined;
  readonly requireSecondFactor: boolean | undefined;
}

export const updateTeam = (sql: Sql, id: string, change: TeamChange) => sql`
  update teams set
    name = coalesce(${change.name ?? null}, name),
    invite_policy = coalesce(${change.invitePolicy ?? null}::invite_policy, invite_policy),
    require_second_factor = coalesce(${change.requireSecondFactor ?? null}::boolean, require_second_factor)
  where id = ${id}
`;

export const markDeleted = (sql: Sql, id: string) => sql`update teams set deleted_at = now() where id = ${id}`;

export const setOwnHosts = (sql: Sql, id: string, ownHosts: boolean) =>
  sql`update teams set own_hosts = ${ownHosts} where id = ${id}`;

/** Zero means no limit of its own. */
export const setQuota = (sql: Sql, id: string, quota: TeamQuota) => sql`
  update teams set quota_sandboxes = nullif(${quota.sandboxes}, 0), quota_cpu_millis = nullif(${quota.cpuMillis}::bigint, 0),
    quota_memory_mib = nullif(${quota.memoryMib}::bigint, 0), quota_disk_mib = nullif(${quota.diskMib}::bigint, 0),
    quota_snapshots = nullif(${quota.snapshots}, 0), quota_no_expiry = ${quota.noExpiry},
    quota_hosts = nullif(${quota.hosts}, 0)
  where id = ${id}
`;

export const insertMember = (sql: Sql, member: { teamId: string; userId: string; role: TeamRole }) => sql<
  { userId: string }[]
>`
  insert into team_members (team_id, user_id, role) values (${member.teamId}, ${member.userId}, ${member.role})
  on conflict do nothing
  returning user_id as "userId"
`;

/** Makes somebody a member; who is one already keeps their role. */
export const joinTeam = (sql: Sql, member: { teamId: string; userId: string; role: TeamRole }) =>
  insertMember(sql, member);

/** Who may invite into a team. */
export const teamPolicy = async (sql: Sql, teamId: string): Promise<'admins' | 'members'> => {
  const [row] = await sql<
    { invitePolicy: 'admins' | 'members' }[]
  >`select invite_policy as "invitePolicy" from teams where id = ${teamId}`;
  return row?.invitePolicy ?? 'admins';
};

/**
 * Holds a team that stands against deletion until the transaction ends, and answers what it may use. Undefined where it
 * is gone. Many may hold it at once.
 */
export const holdTeam = async (sql: Sql, id: string): Promise<TeamQuota | undefined> => {
  const [row] = await sql<TeamQuota[]>`
    select coalesce(quota_sandboxes, 0) as sandboxes, coalesce(quota_cpu_millis, 0)::float8 as "cpuMillis",
      coalesce(quota_memory_mib, 0)::float8 as "memoryMib", coalesce(quota_disk_mib, 0)::float8 as "diskMib",
      coalesce(quota_snapshots, 0) as snapshots, quota_no_expiry as "noExpiry", coalesce(quota_hosts, 0) as hosts
    from teams where id = ${id} and deleted_at is null
    for share
  `;
  return row;
};

/** What a team that stands may bring of hosts, locked against deletion and against changes of that. Undefined where it is gone. */
export const lockTeamForHosts = async (
  sql: Sql,
  id: string,
): Promise<Pick<TeamRow, 'ownHosts' | 'quotaHosts'> | undefined> => {
  const [row] = await sql<Pick<TeamRow, 'ownHosts' | 'quotaHosts'>[]>`
    select own_hosts as "ownHosts", coalesce(quota_hosts, 0) as "quotaHosts" from teams
    where id = ${id} and deleted_at is null
    for update
  `;
  return row;
};

/** Lets a team's sandboxes live without an end. Answers nothing where they may already. */
export const setNoExpiry = (sql: Sql, id: string) => sql<{ id: string }[]>`
  update teams set quota_no_expiry = true where id = ${id} and deleted_at is null and not quota_no_expiry returning id
`;
