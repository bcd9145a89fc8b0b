import type { Sql } from '../database/index.ts';
import type { BuildSourceName, Report } from './report.ts';

/** A report as it is written; the database's clock says when. */
export interface ReportRow extends Omit<Report, 'reportedAt' | 'builtAt' | 'startedAt'> {
  readonly hostId: string;
  readonly builtAt: string | null;
  readonly startedAt: string | null;
  readonly signed: boolean;
  readonly artifactSha256: string;
  readonly noProcess: boolean;
  /** How long ago its probe looked. */
  readonly ageMs: number;
}

/**
 * Writes the reports of these hosts, which are all that they have; answers the hosts of which a fact has changed, each
 * once. Rows are locked in the order of their key, so that two replicas cannot deadlock.
 */
export const writeReports = (sql: Sql, hostIds: readonly string[], rows: readonly ReportRow[]) => sql<
  { hostId: string }[]
>`
  with reported as (
    select * from unnest(
      ${rows.map(({ hostId }) => hostId)}::text[], ${rows.map(({ component }) => component)}::text[],
      ${rows.map(({ repository }) => repository)}::text[], ${rows.map(({ runningSha }) => runningSha)}::text[],
      ${rows.map(({ worktreeSha }) => worktreeSha)}::text[], ${rows.map(({ dirty }) => String(dirty))}::text[]::boolean[],
      ${rows.map(({ buildSource }) => buildSource)}::text[]::build_source[], ${rows.map(({ builtAt }) => builtAt)}::text[]::timestamptz[],
      ${rows.map(({ startedAt }) => startedAt)}::text[]::timestamptz[], ${rows.map(({ probeError }) => probeError)}::text[],
      ${rows.map(({ signed }) => String(signed))}::text[]::boolean[], ${rows.map(({ ageMs }) => ageMs)}::float8[],
      ${rows.map(({ artifactSha256 }) => artifactSha256)}::text[], ${rows.map(({ noProcess }) => String(noProcess))}::text[]::boolean[]
    ) as reported(host_id, component, repository, running_sha, worktree_sha, dirty, build_source, built_at, started_at, probe_error, signed, age_ms, artifact_sha256, no_process)
  ),
  previous as (
    select report.* from component_reports report
    where report.host_id = any(${hostIds as string[]}::text[])
    order by report.host_id, report.component
    for update
  ),
  judged as (
    select reported.*, (previous.repository, previous.running_sha, previous.worktree_sha, previous.dirty, previous.build_source,
      previous.built_at, previous.started_at, previous.probe_error, previous.signed, previous.artifact_sha256, previous.no_process) is distinct from (reported.repository, reported.running_sha,
      reported.worktree_sha, reported.dirty, reported.build_source, reported.built_at, reported.started_at, reported.probe_error, reported.signed, reported.artifact_sha256, reported.no_process) as changed
    from reported left join previous using (host_id, component)
    order by host_id, component
  ),
  written as (
    insert into component_reports (host_id, component, repository, running_sha, worktree_sha, dirty, build_source, built_at, started_at, probe_error,
      signed, artifact_sha256, no_process, reported_at)
    select host_id, component, repository, running_sha, worktree_sha, dirty, build_source, built_at, started_at, probe_error,
      signed, artifact_sha256, no_process, now() - make_interval(secs => age_ms / 1000) from judged
    on conflict (host_id, component) do update set
      repository = excluded.repository, running_sha = excluded.running_sha, worktree_sha = excluded.worktree_sha,
      dirty = excluded.dirty, build_source = excluded.build_source, built_at = excluded.built_at, started_at = excluded.started_at,
      probe_error = excluded.probe_error, signed = excluded.signed, artifact_sha256 = excluded.artifact_sha256,
      no_process = excluded.no_process, reported_at = excluded.reported_at,
      changed_at = case when exists (
        select from judged where judged.host_id = excluded.host_id and judged.component = excluded.component and judged.changed
      ) then now() else component_reports.changed_at end
  ),
  gone as (
    delete from component_reports report using previous
    where report.host_id = previous.host_id and report.component = previous.component
      and not exists (select from reported where reported.host_id = previous.host_id and reported.component = previous.component)
    returning report.host_id
  )
  select host_id as "hostId" from judged where changed union select host_id from gone
`;

/** A machine that has joined. */
export interface HostRow {
  readonly id: string;
  readonly name: string;
  readonly teamId: string | null;
  /** Of the team that it belongs to. */
  readonly teamName?: string | null;
  readonly status: 'online' | 'unreachable';
  readonly labels: Readonly<Record<string, string>>;
  readonly lastSeenAt: Date | null;
  /** Whether its agent holds a connection, whatever it says over it. */
  readonly connected?: boolean;
  /** When reports of it were last refused, for a wrong signature. */
  readonly reportsRefusedAt?: Date | null;
}

/** All hosts that have joined and are not deleted. */
export const readHostIds = async (sql: Sql): Promise<readonly string[]> => {
  const rows = await sql<{ id: string }[]>`select id from hosts where status in ('online', 'unreachable') order by id`;
  return rows.map(({ id }) => id);
};

/** Hosts that have joined and are not deleted: these, or all. */
export const readHosts = (sql: Sql, ids: readonly string[] | undefined) => sql<HostRow[]>`
  select host.id, host.name, host.team_id as "teamId", team.name as "teamName", host.status, host.labels,
    host.last_seen_at as "lastSeenAt", host.reports_refused_at as "reportsRefusedAt", connection.host_id is not null as connected
  from hosts host
  left join live_connections connection on connection.host_id = host.id
  left join teams team on team.id = host.team_id
  where host.status in ('online', 'unreachable') and ${ids ? sql`host.id = any(${ids as string[]}::text[])` : sql`true`}
`;

/** The last reports of these hosts, or of all, by component. */
export const readReports = (sql: Sql, ids: readonly string[] | undefined) => sql<
  (Report & { hostId: string; buildSource: BuildSourceName })[]
>`
  select host_id as "hostId", component, repository, running_sha as "runningSha", worktree_sha as "worktreeSha", dirty,
    build_source as "buildSource", built_at as "builtAt", started_at as "startedAt", probe_error as "probeError", signed,
    artifact_sha256 as "artifactSha256", no_process as "noProcess", reported_at as "reportedAt", rollout_id as "rolloutId"
  from component_reports
  left join rolling_out using (host_id, component)
  where ${ids ? sql`host_id = any(${ids as string[]}::text[])` : sql`true`}
  order by host_id, component
`;

/**
 * Reports that came so many milliseconds after now, by a clock that was set back since: when that was nobody knows, so that
 * from now on they are of yesterday. Answers their hosts.
 */
export const ageFutureReports = (sql: Sql, aheadMs: number) => sql<{ hostId: string }[]>`
  with future as (
    select host_id, component from component_reports
    where reported_at > now() + make_interval(secs => ${aheadMs / 1000}::float8)
    order by host_id, component
    for update
  )
  update component_reports set reported_at = now() - interval '1 day' from future
  where component_reports.host_id = future.host_id and component_reports.component = future.component
  returning component_reports.host_id as "hostId"
`;

/** The database's clock. */
export async function readNow(sql: Sql): Promise<Date> {
  const [row] = await sql<{ now: Date }[]>`select clock_timestamp() as now`;
  return row!.now; // one row always
}
