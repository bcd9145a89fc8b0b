import type { Fragment } from 'postgres';
import type { Sql } from '../database/index.ts';
import type { Host, HostIdentity, HostStatus, Overcommit } from './host.ts';
import type { Visibility } from './visibility.ts';

/** Everything that a page shows of a host. Aliased `host`; joined with its live connection and what is promised on it. */
const hostRow = (sql: Sql) => sql`
  select host.id, host.name, host.team_id as "teamId", team.name as "teamName", host.assigned_team_id as "assignedTeamId", host.status, connection.host_id is not null as connected, host.labels,
    case when host.joined_at is not null then jsonb_build_object(
      'arch', host.arch, 'cpus', host.cpus, 'memoryMib', host.memory_mib, 'diskMib', host.disk_mib, 'os', host.os,
      'kernel', host.kernel, 'hostname', host.hostname, 'agentVersion', host.agent_version, 'agentSha', host.agent_sha,
      'runtime', host.runtime, 'runtimeProblem', host.runtime_problem, 'egress', host.egress, 'egressProblem', host.egress_problem, 'templates', host.templates,
      'missingBuilders', host.missing_builders, 'layers', host.layers, 'templateDigests', host.template_digests) end as specs,
    jsonb_build_object('cpu', host.overcommit_cpu, 'memory', host.overcommit_memory, 'disk', host.overcommit_disk) as overcommit,
    jsonb_build_object('sandboxes', coalesce(promised.sandboxes, 0), 'cpuMillis', coalesce(promised.cpu_millis, 0),
      'memoryMib', coalesce(promised.memory_mib, 0), 'diskMib', coalesce(promised.disk_mib, 0)) as usage,
    host.cordon_reason as "cordonReason", host.quarantined_at is not null as quarantined, host.created_at as "createdAt",
    host.joined_at as "joinedAt", host.last_seen_at as "lastSeenAt", host.clock_skew_ms::float8 as "clockSkewMs",
    host.last_reconcile as "lastReconcile", host.last_reconciled_at as "lastReconciledAt",
    (select max(token.expires_at) from join_tokens token
      where token.host_id = host.id and token.used_at is null and token.revoked_at is null and token.expires_at > now()) as "joinTokenExpiresAt",
    host.quarantine_reason as "quarantineReason", host.quarantined_at as "quarantinedAt",
    case when drain.host_id is not null then jsonb_build_object('state', drain.state, 'action', drain.action, 'reason', drain.reason,
      'startedAtMs', ${millis(sql, sql`drain.started_at`)}, 'deadlineAtMs', ${millis(sql, sql`drain.deadline_at`)}, 'endedAtMs', ${millis(sql, sql`drain.ended_at`)},
      'sandboxesAtStart', drain.sandboxes_at_start, 'progress', drain.progress,
      'sandboxesLeft', coalesce((select case when drain.action = 'destroy' then remaining.live else remaining.active end
        from sandboxes_left remaining where remaining.host_id = host.id), 0)) end as drain
  from hosts host
  left join host_drains drain on drain.host_id = host.id
  left join teams team on team.id = host.team_id
  left join live_connections connection on connection.host_id = host.id
  left join promised_capacity promised on promised.host_id = host.id
`;

const millis = (sql: Sql, at: Fragment) => sql`floor(extract(epoch from ${at}) * 1000)::float8`;

const visibleTo = (sql: Sql, { all, teamIds, onlyHostId = '' }: Visibility) =>
  sql`(${all} or host.team_id is null or host.team_id = any(${teamIds}::text[])) and ${onlyHostId} in ('', host.id)`;

/** Hosts by id; those that are unknown or not visible are left out. */
export const findHosts = (sql: Sql, ids: readonly string[], visibility: Visibility) => sql<Host[]>`
  ${hostRow(sql)} where host.id = any(${ids as string[]}::text[]) and ${visibleTo(sql, visibility)} order by host.name, host.id
`;

export interface HostFilter {
  readonly statuses: readonly HostStatus[];
  readonly search: string;
  /** Empty: of all teams. */
  readonly teamId: string;
  readonly owner: 'platform' | 'team' | 'any';
  /** Name and id of the last host of the page before. */
  readonly after: readonly string[] | undefined;
  readonly limit: number;
}

/** Hosts by name. */
export const listHosts = (sql: Sql, filter: HostFilter, visibility: Visibility) => sql<Host[]>`
  ${hostRow(sql)}
  where host.status::text = any(${filter.statuses as HostStatus[]}::text[])
    and ${visibleTo(sql, visibility)}
    and strpos(host.name, ${filter.search.toLowerCase()}) > 0
    and ${filter.teamId} in ('', host.team_id)
    and (${filter.owner === 'any'} or (host.team_id is not null) = ${filter.owner === 'team'})
    and ${filter.after ? sql`(host.name, host.id) > (${filter.after[0]!}, ${filter.after[1]!})` : sql`true`}
  order by host.name, host.id
  limit ${filter.limit}
`;

export interface NewHost {
  readonly id: string;
  readonly name: string;
  /** Null for the platform's own. */
  readonly teamId: string | null;
  readonly labels: Readonly<Record<string, string>>;
  readonly overcommit: Overcommit;
  readonly requestId: string | null;
  readonly createdBy: string | null;
}

/** Registers a host, unless the same request did before; answers whether it is new. */
export async function insertHost(sql: Sql, host: NewHost): Promise<boolean> {
  const rows = await sql`
    insert into hosts (id, name, team_id, labels, overcommit_cpu, overcommit_memory, overcommit_disk, request_id, created_by)
    values (${host.id}, ${host.name}, ${host.teamId}, ${JSON.stringify(host.labels)}::text::jsonb, ${host.overcommit.cpu}, ${host.overcommit.memory},
      ${host.overcommit.disk}, ${host.requestId}, ${host.createdBy})
    on conflict (coalesce(team_id, ''), request_id) where request_id is not null do nothing
    returning id
  `;
  return rows.length === 1;
}

/** The host that this request has registered before for the same owner. */
export async function findHostByRequest(
  sql: Sql,
  teamId: string | null,
  requestId: string,
): Promise<string | undefined> {
  const [row] = await sql<{ id: string }[]>`
    select id from hosts where coalesce(team_id, '') = coalesce(${teamId}::text, '') and request_id = ${requestId}
  `;
  return row?.id;
}

/** A host's status, its row locked until the transaction ends. */
export async function lockHost(
  sql: Sql,
  id: string,
): Promise<{ status: HostStatus; name: string; cordoned: boolean } | undefined> {
  const [row] = await sql<{ status: HostStatus; name: string; cordoned: boolean }[]>`
    select status, name, cordoned_at is not null as cordoned from hosts where id = ${id} for no key update
  `;
  return row;
}

export interface HostChange {
  readonly name?: string | undefined;
  readonly labels?: Readonly<Record<string, string>> | undefined;
  readonly overcommit?: Overcommit | undefined;
}

/** Changes what is given and leaves the rest. */
export const updateHost = (sql: Sql, id: string, { name, labels, overcommit }: HostChange) => sql`
  update hosts
  set name = coalesce(${name ?? null}, name),
    labels = coalesce(${labels ? JSON.stringify(labels) : null}::text::jsonb, labels),
    overcommit_cpu = coalesce(${overcommit?.cpu ?? null}, overcommit_cpu),
    overcommit_memory = coalesce(${overcommit?.memory ?? null}, overcommit_memory),
    overcommit_disk = coalesce(${overcommit?.disk ?? null}, overcommit_disk)
  where id = ${id}
`;

/** Sets or clears the mark that keeps new sandboxes away. */
export const setCordon = (sql: Sql, id: string, cordon: { reason: string; by: string | null } | null) => sql`
  update hosts
  set cordoned_at = case when ${cordon !== null} then coalesce(cordoned_at, now()) end,
    cordon_reason = ${cordon?.reason ?? null}, cordoned_by = ${cordon?.by ?? null}
  where id = ${id}
`;

/** Ends a host: its credentials, its tokens and its connection with it. Its name is free again. */
export async function markDeleted(sql: Sql, id: string): Promise<void> {
  await sql`update hosts set status = 'deleted', deleted_at = now(), epoch = epoch + 1 where id = ${id}`;
  await sql`update host_families set state = 'ended', changed_at = now(), reason = 'the host was deleted' where host_id = ${id} and state <> 'ended'`;
  await sql`update join_tokens set revoked_at = now() where host_id = ${id} and used_at is null and revoked_at is null`;
  await sql`delete from host_connections where host_id = ${id}`;
  await sql`delete from host_drains where host_id = ${id}`;
}

/** What a host's agent proves itself with; undefined until it has joined. */
export async function findIdentity(sql: Sql, id: string): Promise<HostIdentity | undefined> {
  const [row] = await sql<HostIdentity[]>`
    select host.public_key as "publicKey", host.enrolment_id as "enrolmentId", host.epoch, coalesce(family.state = 'locked', false) as locked,
      (select count(*)::int from host_families where host_id = host.id) as families,
      (select count(*)::int from host_refresh_tokens token where token.family_id = family.id and token.successor_hash is not null) as rotations,
      (select max(token.spent_at) from host_refresh_tokens token where token.family_id = family.id and token.successor_hash is not null) as "lastRotatedAt",
      (select token.expires_at from host_refresh_tokens token where token.family_id = family.id and token.state = 'current') as "refreshExpiresAt"
    from hosts host
    left join host_families family on family.enrolment_id = host.enrolment_id
    where host.id = ${id} and host.public_key is not null
  `;
  return row;
}

/** What a reconcile of a host's sandboxes found, in one sentence: since when it counts (null: not at all), and the digest that it settled (null: not all of it). */
export const recordReconcile = (
  sql: Sql,
  id: string,
  { beganAt, digest, sentence }: { beganAt: string | null; digest: Uint8Array | null; sentence: string },
) => sql`
  update hosts
  set last_reconcile = ${sentence}, last_reconciled_at = coalesce(${beganAt}::text::timestamptz, last_reconciled_at),
    reconciled_digest = coalesce(${digest}, reconciled_digest), reported_digest = coalesce(${digest}, reported_digest)
  where id = ${id}
`;

/** How many hosts there are in each state. */
export const countHosts = (sql: Sql) => sql<{ status: HostStatus; count: number }[]>`
  select status, count(*)::int as count from hosts group by status
`;

/** The platform's host of this name that is not deleted. */
export const findHostByName = async (
  sql: Sql,
  name: string,
): Promise<{ id: string; status: HostStatus } | undefined> => {
  const [row] = await sql<{ id: string; status: HostStatus }[]>`
    select id, status from hosts where name = ${name} and team_id is null and status <> 'deleted'
  `;
  return row;
};
