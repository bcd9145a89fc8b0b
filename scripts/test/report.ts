import { existsSync, readFileSync } from 'node:fs';

/** What came of one test file. */
export interface FileResult {
  readonly name: string;
  readonly failed: boolean;
  readonly counts: Counts;
}

export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

interface Report {
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly assertionResults: readonly { readonly status: string }[];
  }[];
}

/** What came of each file of a run; empty where nothing was run. */
export function readReport(path: string): FileResult[] {
  if (!existsSync(path)) return [];
  const report = JSON.parse(readFileSync(path, 'utf8')) as Report; // vitest's own format
  return report.testResults.map(({ name, status, assertionResults }) => {
    const failed = status === 'failed';
    return { name, failed, counts: countsOf(assertionResults, failed) };
  });
}

/** A file that could not even be loaded counts as a failure. */
function countsOf(tests: readonly { readonly status: string }[], fileFailed: boolean): Counts {
  const count = (status: string) => tests.filter((test) => test.status === status).length;
  const [passed, failed] = [count('passed'), count('failed')];
  return { passed, failed: Math.max(failed, fileFailed ? 1 : 0), skipped: tests.length - passed - failed };
}

/** The counts of a run, as its last line. */
export function countsLine(files: readonly FileResult[]): string {
  if (files.length === 0) return 'No tests were run.';
  const sum = (of: keyof Counts) => files.reduce((total, { counts }) => total + counts[of], 0);
  const skipped = sum('skipped');
  return `${sum('passed')} passed, ${sum('failed')} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}
