import { pino, type Logger, type DestinationStream } from 'pino';
import { redactTokens } from '#contract/token.ts';
import type { Config } from './config.ts';

/** The log: one JSON object a line. Whatever is written, no token of ours leaves it whole. */
export function openLog({ logLevel }: Pick<Config, 'logLevel'>, out: DestinationStream = process.stdout): Logger {
  return pino(
    {
      level: logLevel,
      base: null,
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      formatters: { level: (level) => ({ level }) },
    },
    { write: (line) => out.write(redactTokens(line)) },
  );
}
