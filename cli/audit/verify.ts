import {
  VerifyAuditResponseSchema,
  type AuditCheckpoint,
  type VerifyAuditProgress,
  type VerifyAuditResult,
} from '#proto/muster/v1/audit_pb.js';
import { CliError } from '../failure/cli-error.ts';
import { exitCodes } from '../failure/exit-codes.ts';
import { jsonLine } from '../output/json.ts';
import { sayWhen } from '../output/time.ts';
import { sayCount } from '../output/words.ts';
import { withoutDeadline, type Session, type SessionOptions } from '../session/session.ts';
import { keep, readKept } from './kept.ts';

export interface VerifyOptions extends SessionOptions {
  readonly keep?: string;
}

/** Verifies the audit; prints what was found. Answers the exit code. */
export async function verifyAudit(session: Session, options: VerifyOptions): Promise<number> {
  const checkpoints = options.keep === undefined ? [] : await readKept(options.keep);
  const result = await follow(session, checkpoints);
  if (!session.json) session.stdout.write(`${summary(result).join('\n')}\n`);
  if (options.keep !== undefined && result.intact && result.newestCheckpoint) {
    await keep(options.keep, checkpoints, result.newestCheckpoint);
  }
  return result.intact ? exitCodes.ok : exitCodes.failure;
}

async function follow(session: Session, checkpoints: AuditCheckpoint[]): Promise<VerifyAuditResult> {
  for await (const step of session.audit.verifyAudit({ checkpoints }, withoutDeadline)) {
    const { event } = step;
    if (event.case === 'progress') {
      showProgress(session, event.value);
      continue;
    }
    if (session.json) session.stdout.write(jsonLine(VerifyAuditResponseSchema, step));
    else if (event.case === 'finding') session.stdout.write(`${clearLine(session)}${event.value.sentence}\n`);
    if (event.case === 'result') {
      session.stderr.write(clearLine(session));
      return event.value;
    }
  }
  throw new CliError('The verification ended without a result. Repeat it.', exitCodes.unavailable);
}

function showProgress({ stderr }: Session, { rows, totalRows }: VerifyAuditProgress): void {
  if (stderr.isTTY) stderr.write(`\r\u001b[K${rows} of ${totalRows} rows`);
}

const clearLine = ({ stderr }: Session): string => (stderr.isTTY ? '\r\u001b[K' : '');

const summary = (result: VerifyAuditResult): string[] => [
  result.sentence,
  ...(result.waiting > 0n
    ? [
        `${sayCount(Number(result.waiting), 'row')} not sealed yet; the oldest was made ${sayWhen(result.waitingSince)}.`,
      ]
    : []),
  ...(result.erasedOrigins + result.erasedContents > 0n
    ? [
        `By audited erasures: ${result.erasedOrigins} × where a call came from, ${result.erasedContents} × what it changed.`,
      ]
    : []),
];
