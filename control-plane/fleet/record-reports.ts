import { durationMs, timestampDate, type Timestamp } from '@bufbuild/protobuf/wkt';
import type { ComponentReport } from '#proto/muster/agent/v1/enrolment_pb.js';
import type { Sql } from '../database/index.ts';
import { announce } from '../events/index.ts';
import { buildSourceName } from './build-source.ts';
import { seenIn } from './history/seen.ts';
import { appendHistory } from './history/store.ts';
import type { Report } from './report.ts';
import { writeReports, type ReportRow } from './store.ts';

/** What one host says of everything that is deployed on it. */
export interface HostReports {
  readonly hostId: string;
  readonly reports: readonly ComponentReport[];
  /** Whether the host key has signed them. */
  readonly signed?: boolean;
}

/** After so long without a report, what is told anew is told for the time from now on. */
const gapMs = 90_000;

/**
 * Writes what hosts say of their components, all of it at once: a component that is not named any more is gone. Of two
 * reports of one host, or of one component, the last counts. Watchers are told of facts that changed, not of mere
 * freshness. Answers the ids of the hosts whose facts changed.
 */
export async function recordComponentReports(
  sql: Sql,
  all: readonly HostReports[],
  { staleAfterMs } = { staleAfterMs: gapMs },
): Promise<string[]> {
  if (all.length === 0) return [];
  const latest = new Map(all.map((one) => [one.hostId, one]));
  const rows = [...latest.values()].flatMap(({ hostId, reports, signed = false }) => [
    ...new Map(reports.map((report) => [clean(report.component, 63), toRow(hostId, report, signed)])).values(),
  ]);
  await appendHistory(
    sql,
    [...latest.keys()],
    rows.flatMap((row) => seenIn(row.hostId, asReport(row)) ?? []),
    staleAfterMs,
  );
  const changed = (await writeReports(sql, [...latest.keys()], rows)).map(({ hostId }) => hostId);
  await announce(sql, 'fleet', changed);
  return changed;
}

const toRow = (hostId: string, report: ComponentReport, signed: boolean): ReportRow => ({
  hostId,
  component: clean(report.component, 63),
  repository: clean(report.repository, 63),
  runningSha: clean(report.runningSha, 100),
  worktreeSha: clean(report.worktreeSha, 100),
  dirty: report.dirty,
  buildSource: buildSourceName(report.buildSource),
  builtAt: moment(report.builtAt),
  startedAt: moment(report.startedAt),
  probeError: clean(report.probeError, 1000),
  signed,
  artifactSha256: /^[0-9a-f]{64}$/.test(report.artifactSha256) ? report.artifactSha256 : '',
  noProcess: report.noProcess,
  ageMs: report.age ? Math.min(Math.max(durationMs(report.age), 0), oldestMs) : 0,
});

/** What is older is all the same. */
const oldestMs = 86_400_000;

const asReport = ({ builtAt, startedAt, ...row }: ReportRow): Report => ({
  ...row,
  builtAt: builtAt === null ? null : new Date(builtAt),
  startedAt: startedAt === null ? null : new Date(startedAt),
  reportedAt: new Date(),
});

/** One line that the database takes, whatever the host sent. */
const clean = (text: string, longest: number): string =>
  text
    .replace(/\p{Cc}+/gu, ' ')
    .trim()
    .slice(0, longest)
    .toWellFormed();

/** Times that no calendar has count as not told. */
function moment(timestamp: Timestamp | undefined): string | null {
  const date = timestamp && timestampDate(timestamp);
  if (!date || Number.isNaN(date.getTime()) || date.getUTCFullYear() < 1 || date.getUTCFullYear() > 9999) return null;
  return date.toISOString();
}
