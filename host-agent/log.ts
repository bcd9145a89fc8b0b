import { pino, type Logger } from 'pino';
import { redactTokens } from '#contract/token.ts';

export type { Logger };

/** Where log lines go; `process.stdout` fits. */
export interface LogSink {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

/** A log of JSON lines, or of plain sentences where a person looks. No token of ours comes through. */
export function createLog(level: string, sink: LogSink): Logger {
  const write = sink.isTTY
    ? (line: string) => sink.write(redactTokens(sentenceOf(line)))
    : (line: string) => sink.write(redactTokens(line));
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    { write },
  );
}

function sentenceOf(line: string): string {
  const { time, level, msg, err, ...rest } = JSON.parse(line) as Record<string, unknown>; // a line that pino wrote
  const fields = Object.entries(rest).map(
    ([name, value]) => ` ${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`,
  );
  const cause = typeof err === 'object' && err !== null && 'message' in err ? ` (${String(err.message)})` : '';
  const mark = level === 'info' ? '' : `${String(level)}: `;
  return `${String(time).slice(11, 19)} ${mark}${String(msg)}${cause}${fields.join('')}\n`;
}
