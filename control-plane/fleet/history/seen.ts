import { formOfCommitId } from '../commit-id.ts';
import { processEvidence, reportedCommits, type Report } from '../report.ts';
import type { Seen } from './store.ts';

/** What a report tells of what runs; undefined where the probe failed or names no commit: then nothing is known. */
export function seenIn(hostId: string, report: Report): Seen | undefined {
  const { running, onDisk } = reportedCommits(report);
  const known = [running, onDisk].some((sha) => formOfCommitId(sha) !== 'missing');
  if (report.probeError !== '' || !known) return undefined;
  const process = processEvidence(report);
  // A build that came to disk after the process was started is not what ran.
  const runs = process !== 'older' && process !== 'no_start' && process !== 'no_build';
  return {
    hostId,
    component: report.component,
    repository: report.repository,
    runningSha: runs ? running : '',
    diskSha: runs && onDisk === running ? '' : onDisk,
    dirty: report.dirty,
  };
}
