import type { Context } from '../context.ts';
import { sentenceOf, verifyInstallation } from './verification.ts';

/** A verification as one answer, for whoever runs the server. */
export interface AuditReport {
  readonly intact: boolean;
  /** What was checked, or what to do now. */
  readonly sentence: string;
  readonly rows: number;
  /** The first of what was found, in words. */
  readonly findings: readonly string[];
  /** Rows that wait for their seal. */
  readonly waiting: number;
}

/** Verifies the audit without a server, against the files of checkpoints in this data directory. Takes as long as it takes. */
export async function reportAudit(context: Context): Promise<AuditReport> {
  const findings: string[] = [];
  for await (const step of verifyInstallation({ ...context, signal: new AbortController().signal })) {
    if (step.kind === 'finding') findings.push(step.finding.sentence);
    if (step.kind !== 'result') continue;
    const { intact, rows, waiting } = step.result;
    return { intact, sentence: sentenceOf(step.result), rows, findings, waiting };
  }
  throw new Error('The verification ended without a result.');
}
