import { BuildSource, ListComponentReportsResponseSchema, type ComponentReport } from '#proto/muster/v1/fleet_pb.js';
import { hostIdOf } from '../hosts/find.ts';
import { printJson } from '../output/json.ts';
import { printTable, type Column } from '../output/table.ts';
import { sayWhen } from '../output/time.ts';
import { enumWord } from '../output/words.ts';
import type { Session, SessionOptions } from '../session/session.ts';

/** Options of `muster fleet reports`. */
export interface ReportsOptions extends SessionOptions {
  readonly host?: string;
  readonly repository?: string;
  readonly component?: string;
  readonly limit?: number;
}

const columns: readonly Column<ComponentReport>[] = [
  { heading: 'HOST', cell: ({ hostName }) => hostName },
  { heading: 'COMPONENT', cell: ({ component }) => component },
  {
    heading: 'RUNNING',
    cell: ({ runningSha, dirty }) => `${runningSha.slice(0, 12)}${dirty ? ' (dirty)' : ''}`,
  },
  { heading: 'ON DISK', cell: ({ worktreeSha }) => worktreeSha.slice(0, 12) },
  { heading: 'TOLD BY', cell: ({ buildSource }) => enumWord(BuildSource, buildSource) },
  { heading: 'SIGNED', cell: ({ signed }) => (signed ? 'yes' : 'no') },
  { heading: 'REPORTED', cell: ({ reportedAt }) => sayWhen(reportedAt) },
  { heading: 'PROBE', cell: ({ probeError }) => probeError },
];

/** What hosts report, in their own words. */
export async function listReports(session: Session, options: ReportsOptions): Promise<void> {
  const answer = await session.fleet.listComponentReports({
    hostId: options.host === undefined ? '' : await hostIdOf(session, options.host),
    repository: options.repository,
    component: options.component,
    pageSize: options.limit,
  });
  if (session.json) return printJson(session.stdout, ListComponentReportsResponseSchema, answer);
  printTable(session.stdout, answer.reports, columns, 'Nothing is reported.');
  if (answer.nextPageToken !== '') session.stderr.write('There is more: raise --limit, up to 1000.\n');
}
