import type { Sql } from '../../database/index.ts';
import type { Visibility } from '../../hosts/index.ts';
import type { BuildSourceName, Report } from '../report.ts';

/** A report as it came, with the host that it came from. */
export interface ReportOfHost extends Required<Omit<Report, 'rolloutId'>> {
  readonly hostId: string;
  readonly hostName: string;
  readonly buildSource: BuildSourceName;
  /** When a fact of it last changed, by the database's clock. */
  readonly changedAt: Date;
}

/** Which reports are asked for; what is empty asks for all. */
export interface ReportFilter {
  readonly visible: Visibility;
  readonly hostId: string;
  readonly repository: string;
  readonly component: string;
  /** Host and component of the last one of the page before. */
  readonly after: readonly string[] | undefined;
  readonly limit: number;
}

/** The last reports of hosts that have not been deleted, by host and component. */
export const listReports = (
  sql: Sql,
  { visible: { all, teamIds, onlyHostId }, hostId, repository, component, after, limit }: ReportFilter,
) => sql<ReportOfHost[]>`
  select host_id as "hostId", host.name as "hostName", component, repository, running_sha as "runningSha",
    worktree_sha as "worktreeSha", dirty, build_source as "buildSource", built_at as "builtAt", report.started_at as "startedAt",
    reported_at as "reportedAt", changed_at as "changedAt", probe_error as "probeError", signed, artifact_sha256 as "artifactSha256",
    no_process as "noProcess"
  from component_reports report
  join hosts host on host.id = report.host_id and host.status in ('online', 'unreachable')
  where (${all} or host.team_id is null or host.team_id = any(${teamIds}::text[]))
    and (${onlyHostId ?? ''} in ('', host_id)) and (${hostId} in ('', host_id))
    and (${repository} in ('', repository)) and (${component} in ('', component))
    and ${after ? sql`(host_id, component) > (${after[0]!}, ${after[1]!})` : sql`true`}
  order by host_id, component
  limit ${limit}
`;
