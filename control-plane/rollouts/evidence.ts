import { processEvidence, reportedCommits, type Report } from '../fleet/index.ts';

/** What a host's report says about what runs. */
export type Evidence =
  /** The commit of the running process. */
  | { readonly kind: 'runs'; readonly sha: string }
  /** It is on disk, but the process may be older. */
  | { readonly kind: 'on disk'; readonly sha: string }
  | { readonly kind: 'dirty' }
  | { readonly kind: 'probe failed'; readonly error: string }
  | { readonly kind: 'nothing' };

/** Judged as the fleet's page does: what lies on disk counts only together with its process. */
export function evidenceOf(report: Report | undefined): Evidence {
  if (!report) return { kind: 'nothing' };
  if (report.probeError !== '') return { kind: 'probe failed', error: report.probeError };
  if (report.dirty) return { kind: 'dirty' };
  const process = processEvidence(report);
  const { running, onDisk } = reportedCommits(report);
  if (process === 'older' || process === 'no_start' || process === 'no_build') return { kind: 'on disk', sha: onDisk };
  return running === '' ? { kind: 'nothing' } : { kind: 'runs', sha: running };
}

export const runs = (report: Report | undefined, sha: string): boolean => {
  const evidence = evidenceOf(report);
  return evidence.kind === 'runs' && evidence.sha === sha;
};

/** What is reported instead of what should be, as the end of a sentence. */
export function sayInstead(report: Report | undefined): string {
  const evidence = evidenceOf(report);
  switch (evidence.kind) {
    case 'runs':
      return `the running process reports ${short(evidence.sha)}`;
    case 'on disk':
      return `${short(evidence.sha)} is on disk, but no process is known to have been started from it`;
    case 'dirty':
      return 'it has changes that are in no commit';
    case 'probe failed':
      return `its probe fails (${evidence.error})`;
    case 'nothing':
      return 'nothing is reported of it';
  }
}

export const short = (sha: string): string => sha.slice(0, 7);
