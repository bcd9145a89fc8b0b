import type { MessageInitShape } from '@bufbuild/protobuf';
import { timestampFromMs, type Timestamp } from '@bufbuild/protobuf/wkt';
import { InvalidArgumentError } from 'commander';
import { AuditOutcome, type AuditFilterSchema } from '#proto/muster/v1/audit_pb.js';
import type { SessionOptions } from '../session/session.ts';

export interface FilterOptions extends SessionOptions {
  readonly actor?: string;
  readonly action?: string;
  readonly target?: string;
  readonly team?: string;
  readonly outcome?: 'done' | 'denied' | 'failed';
  readonly since?: Timestamp;
  readonly until?: Timestamp;
}

const outcomes = { done: AuditOutcome.DONE, denied: AuditOutcome.DENIED, failed: AuditOutcome.FAILED } as const;

export const filterOf = (options: FilterOptions): MessageInitShape<typeof AuditFilterSchema> => ({
  actor: options.actor,
  actionPrefix: options.action,
  target: options.target,
  outcomes: options.outcome ? [outcomes[options.outcome]] : [],
  since: options.since,
  until: options.until,
});

const unitsMs = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** Reads a date, a time, or how long ago. */
export function parseMoment(text: string): Timestamp {
  const ago = /^(\d{1,6})([smhd])$/.exec(text);
  const ms = ago
    ? Date.now() - Number(ago[1]) * unitsMs[ago[2] as keyof typeof unitsMs] // the pattern admits only these
    : /^\d{4}-/.test(text)
      ? Date.parse(text)
      : Number.NaN;
  if (Number.isNaN(ms)) {
    throw new InvalidArgumentError('Give a date, a time such as 2026-01-31T12:00Z, or how long ago, such as 2h.');
  }
  return timestampFromMs(ms);
}

/** Reads a position in the chain. */
export function parsePosition(text: string): bigint {
  if (!/^\d{1,18}$/.test(text)) throw new InvalidArgumentError('Give a position, as the export has said it.');
  return BigInt(text);
}
