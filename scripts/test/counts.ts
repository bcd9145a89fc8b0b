import { existsSync, readFileSync } from 'node:fs';

interface Report {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
  readonly testResults: readonly { readonly status: string; readonly assertionResults: readonly unknown[] }[];
}

/** The counts of a run, as its last line. A file that could not even be loaded counts as a failure. */
export function readCounts(path: string): string {
  if (!existsSync(path)) return 'No tests were run.';
  const report = JSON.parse(readFileSync(path, 'utf8')) as Report; // vitest's own format
  const broken = report.testResults.filter((file) => file.status === 'failed' && file.assertionResults.length === 0);
  const skipped = report.numPendingTests + report.numTodoTests;
  const counts = [`${report.numPassedTests} passed`, `${report.numFailedTests + broken.length} failed`];
  if (skipped > 0) counts.push(`${skipped} skipped`);
  return counts.join(', ');
}
