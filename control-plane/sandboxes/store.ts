import type { JsonValue } from '@bufbuild/protobuf';
import type { Sql } from '../database/index.ts';
import { silentSince } from './silence-store.ts';
import type { ExpiryAction, ObservedState, OnDisconnect, Sandbox, WantedState } from './sandbox.ts';

/** Everything that a page shows of a sandbox. Those of deleted teams are in no answer. */
const sandboxRow = (sql: Sql) => sql`
  select sandbox.id, sandbox.team_id as "teamId", coalesce(creator.name, sandbox.created_by) as "createdBy",
    sandbox.host_id as "hostId", host.name as "hostName", sandbox.template, sandbox.cpu_millis as "cpuMillis",
    sandbox.memory_mib as "memoryMib", sandbox.disk_mib as "diskMib", sandbox.pids, sandbox.metadata,
    sandbox.network, sandbox.egress,
    sandbox.network_applied < sandbox.network_revision and sandbox.observed not in ('destroyed', 'failed') as "networkPending",
    sandbox.on_disconnect as "onDisconnect", sandbox.on_expiry as "onExpiry", sandbox.auto_resume as "autoResume",
    sandbox.auto_renew_ms::float8 as "autoRenewMs", sandbox.wanted, sandbox.observed,
    (sandbox.wanted_revision + sandbox.observed_revision)::float8 as revision, sandbox.attempt, sandbox.reason,
    sandbox.created_at as "createdAt", ${createdMicros(sql)}::text as "createdMicros", sandbox.started_at as "startedAt",
    sandbox.ended_at as "endedAt", sandbox.expires_at as "expiresAt", sandbox.last_activity_at as "lastActivityAt",
    ${silentSince(sql)} as "silentSince"
  from sandboxes sandbox
  join teams team on team.id = sandbox.team_id and team.deleted_at is null
  join hosts host on host.id = sandbox.host_id
  left join subject_names creator on creator.id = split_part(sandbox.created_by, ':', 2)
`;

const createdMicros = (sql: Sql) => sql`(extract(epoch from sandbox.created_at) * 1000000)::bigint`;

/** Sandboxes by id; unknown ones are left out. */
export const findSandboxes = (sql: Sql, ids: readonly string[]) => sql<Sandbox[]>`
  ${sandboxRow(sql)} where sandbox.id = any(${ids as string[]}::text[]) order by sandbox.created_at desc, sandbox.id desc
`;

export interface SandboxFilter {
  readonly teamId: string;
  readonly observed: readonly ObservedState[];
  /** Empty: on all hosts. */
  readonly hostId: string;
  readonly metadata: Readonly<Record<string, string>>;
  /** Only those in which nothing has happened for so long. */
  readonly idleForMs?: number | undefined;
  /** Only those whose work is silent. */
  readonly silent?: boolean;
  /** Microseconds and id of the last sandbox of the page before. */
  readonly after: readonly string[] | undefined;
  readonly limit: number;
}

/** A team's sandboxes, newest first. */
export const listSandboxes = (sql: Sql, filter: SandboxFilter) => sql<Sandbox[]>`
  ${sandboxRow(sql)}
  where sandbox.team_id = ${filter.teamId}
    and sandbox.observed::text = any(${filter.observed as ObservedState[]}::text[])
    and (${filter.hostId} = '' or sandbox.host_id = ${filter.hostId})
    and sandbox.metadata @> ${JSON.stringify(filter.metadata)}::text::jsonb
    and ${filter.idleForMs === undefined ? sql`true` : sql`coalesce(sandbox.last_activity_at, sandbox.created_at) <= now() - ${filter.idleForMs} * interval '1 millisecond'`}
    and ${filter.silent === true ? sql`${silentSince(sql)} is not null` : sql`true`}
    and ${filter.after ? sql`(${createdMicros(sql)}, sandbox.id) < (${filter.after[0]!}::bigint, ${filter.after[1]!})` : sql`true`}
  order by sandbox.created_at desc, sandbox.id desc
  limit ${filter.limit}
`;

/** What a call on a sandbox needs to know: one indexed row, on the path of every command. */
export interface SandboxTarget {
  readonly id: string;
  readonly teamId: string;
  readonly hostId: string;
  readonly wanted: WantedState;
  readonly observed: ObservedState;
  readonly autoResume: boolean;
}

export async function findTarget(sql: Sql, id: string): Promise<SandboxTarget | undefined> {
  const [row] = await sql<SandboxTarget[]>`
    select sandbox.id, sandbox.team_id as "teamId", sandbox.host_id as "hostId", sandbox.wanted, sandbox.observed,
      sandbox.auto_resume as "autoResume"
    from sandboxes sandbox join teams team on team.id = sandbox.team_id and team.deleted_at is null
    where sandbox.id = ${id}
  `;
  return row;
}

/** What the host sent last of its own log; empty where it sent nothing. */
export async function findLastLog(sql: Sql, id: string): Promise<string> {
  const [row] = await sql<{ lastLog: string | null }[]>`select last_log as "lastLog" from sandboxes where id = ${id}`;
  return row?.lastLog ?? '';
}

/** The sandbox that this request has created before. */
export async function findByRequest(sql: Sql, teamId: string, requestId: string): Promise<string | undefined> {
  const [row] = await sql<
    { id: string }[]
  >`select id from sandboxes where team_id = ${teamId} and request_id = ${requestId}`;
  return row?.id;
}

/** The same of several requests, in their order; those that have created nothing are left out. */
export async function findByRequests(sql: Sql, teamId: string, requestIds: readonly string[]): Promise<string[]> {
  const rows = await sql<{ id: string }[]>`
    select id from sandboxes where team_id = ${teamId} and request_id = any(${requestIds as string[]}::text[])
    order by array_position(${requestIds as string[]}::text[], request_id)
  `;
  return rows.map(({ id }) => id);
}

/** What a host needs to make a sandbox. */
export interface Order {
  readonly id: string;
  readonly attempt: number;
  readonly hostId: string;
  readonly teamId: string;
  readonly template: string;
  /** Digests of what it stands on, bottom first; empty for a host's own template. */
  readonly layers: readonly string[];
  readonly cpuMillis: number;
  readonly memoryMib: number;
  readonly diskMib: number;
  readonly pids: number;
  readonly env: Readonly<Record<string, string>>;
  readonly onDisconnect: OnDisconnect;
  readonly hostLabels: Readonly<Record<string, string>>;
  /** The only host that it may run on; null for all. */
  readonly boundHostId: string | null;
  /** Null: it does not expire. */
  readonly expiresInMs: number | null;
  readonly onExpiry: ExpiryAction;
  readonly network: 'none' | 'egress';
  /** In the words of the contract; null without egress. */
  readonly egress: JsonValue;
  readonly networkRevision: number;
}

/** The order of a sandbox that is to be placed anew, with its states; its row is locked until the transaction ends. */
export async function lockOrder(
  sql: Sql,
  id: string,
): Promise<(Order & { wanted: WantedState; observed: ObservedState; reason: string }) | undefined> {
  const [row] = await sql<(Order & { wanted: WantedState; observed: ObservedState; reason: string })[]>`
    select id, attempt, host_id as "hostId", team_id as "teamId", template, layers, cpu_millis as "cpuMillis", memory_mib as "memoryMib",
      disk_mib as "diskMib", pids, env, on_disconnect as "onDisconnect", host_labels as "hostLabels", bound_host_id as "boundHostId", wanted, observed, reason,
      case when expires_at is not null then greatest(extract(epoch from expires_at - now()) * 1000, 0)::float8 end as "expiresInMs",
      on_expiry as "onExpiry",
      network, egress, network_revision::float8 as "networkRevision"
    from sandboxes where id = ${id} for update
  `;
  return row;
}

/** What acting on a sandbox needs: who holds it, and the revision that the result is compared with. */
export interface ActTarget {
  readonly id: string;
  readonly hostId: string;
  readonly attempt: number;
  readonly wanted: WantedState;
  /** How often that has changed. */
  readonly wantedRevision: number;
  readonly observed: ObservedState;
  readonly observedRevision: number;
  readonly reason: string;
  /** Whether it is to rest because its time was over. */
  readonly isOver: boolean;
}

/** Whether a sandbox is to rest because its time was over. */
export const isOver = (sql: Sql) => sql`
  coalesce(expires_at <= now() and wanted = case on_expiry when 'stop' then 'stopped'::wanted_state when 'pause' then 'paused' end, false)
`;

const actTarget = (sql: Sql) => sql`
  select id, host_id as "hostId", attempt, wanted, wanted_revision::float8 as "wantedRevision", observed,
    observed_revision::float8 as "observedRevision", reason,
    ${isOver(sql)} as "isOver"
  from sandboxes
`;

export async function findActTarget(sql: Sql, id: string): Promise<ActTarget | undefined> {
  const [row] = await sql<ActTarget[]>`${actTarget(sql)} where id = ${id}`;
  return row;
}

/** The same, its row locked until the transaction ends. */
export async function lockActTarget(sql: Sql, id: string): Promise<ActTarget | undefined> {
  const [row] = await sql<ActTarget[]>`${actTarget(sql)} where id = ${id} for update`;
  return row;
}

/** Hosts on which a sandbox has been tried. */
export async function findTriedHosts(sql: Sql, id: string): Promise<string[]> {
  const rows = await sql<
    { hostId: string }[]
  >`select distinct host_id as "hostId" from sandbox_attempts where sandbox_id = ${id}`;
  return rows.map(({ hostId }) => hostId);
}

export interface SandboxEvent {
  readonly id: string;
  readonly at: Date;
  readonly wanted: WantedState;
  readonly observed: ObservedState;
  readonly reason: string;
  readonly hostId: string;
}

/** What happened to a sandbox, newest first. */
export const listEvents = (sql: Sql, sandboxId: string, before: string | undefined, limit: number) => sql<
  SandboxEvent[]
>`
  select id::text, at, wanted, observed, reason, host_id as "hostId" from sandbox_events
  where sandbox_id = ${sandboxId} and id < ${before ?? '9223372036854775807'}::bigint
  order by sandbox_events.id desc limit ${limit}
`;

/** How many sandboxes that have not ended there are in each state. */
export const countSandboxes = (sql: Sql) => sql<{ observed: ObservedState; count: number }[]>`
  select observed, count(*)::int as count from sandboxes where observed not in ('destroyed', 'failed') group by observed
`;
