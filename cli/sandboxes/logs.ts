import { GetLogsResponseSchema, LogStream, type Log } from '#proto/muster/v1/log_pb.js';
import { printJson } from '../output/json.ts';
import type { Session, SessionOptions } from '../session/session.ts';

/** Options of `muster sandboxes logs`. */
export interface LogsOptions extends SessionOptions {
  readonly tail?: number;
}

/** Prints what a sandbox and its processes wrote last; of one process, as it wrote it, and nothing else. */
export async function showLogs(
  session: Session,
  sandboxId: string,
  processId: string | undefined,
  { tail = 0 }: LogsOptions,
): Promise<void> {
  const request = { sandboxId, processId: processId ?? '', tailBytes: Math.floor(tail * 1024) };
  const answer = await session.sandboxes.getLogs(request);
  if (session.json) return printJson(session.stdout, GetLogsResponseSchema, answer);
  for (const log of answer.logs) {
    if (processId === undefined) {
      if (log.processId === '' && log.parts.length === 0) continue;
      session.stdout.write(`==> ${headingOf(log)}\n`);
    }
    if (log.omittedBytes > 0n) session.stderr.write(`(${log.omittedBytes} bytes before this)\n`);
    for (const { stream, data } of log.parts) {
      const output = processId !== undefined && stream === LogStream.STDERR ? session.stderr : session.stdout;
      output.write(data);
    }
    if (processId === undefined && log.parts.at(-1)?.data.at(-1) !== newline) session.stdout.write('\n');
  }
  if (answer.missing) session.stderr.write(`${answer.missing}\n`);
  else if (answer.logs.every(({ parts }) => parts.length === 0)) session.stderr.write('Nothing was written yet.\n');
}

const newline = 10;

function headingOf({ processId, name, argv, ended, exitCode }: Log): string {
  if (processId === '') return 'the sandbox itself';
  const command = (name || argv.join(' ')).replaceAll(/[\u0000-\u001f\u007f-\u009f]+/g, ' ');
  return `${processId}  ${command}${ended ? ` (ended with ${exitCode})` : ''}`;
}
