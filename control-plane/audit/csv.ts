import type { AuditEvent } from './event.ts';

const columns = {
  position: (event) => event.position,
  id: (event) => event.id,
  at: (event) => isoMicros(BigInt(event.atMicros)),
  actor: (event) => event.actor,
  actor_name: (event) => event.actorName,
  credential_id: (event) => event.credentialId,
  action: (event) => event.action,
  target: (event) => event.target,
  target_name: (event) => event.targetName,
  team: (event) => event.teamId,
  team_name: (event) => event.teamName,
  outcome: (event) => event.outcome,
  reason: (event) => event.reason,
  before: (event) => event.before,
  after: (event) => event.after,
  request_id: (event) => event.requestId,
  address: (event) => event.address,
  user_agent: (event) => event.userAgent,
  seal: (event) => event.seal?.toString('hex') ?? null,
} satisfies Record<string, (event: AuditEvent) => string | null>;

const lineEnd = '\r\n';

/** The head line. */
export const csvHead = Object.keys(columns).join(',') + lineEnd;

/** A row as a line of RFC 4180. */
export const csvLine = (event: AuditEvent): string =>
  Object.values(columns)
    .map((value) => csvCell(value(event) ?? ''))
    .join(',') + lineEnd;

/**
 * What spreadsheets run as a formula when a cell begins with it: the signs, also in their full-width forms, also after
 * blanks and control characters, which some of them skip.
 */
const formula = /^[\s\p{Cc}]*[=+\-@\uff1d\uff0b\uff0d\uff20]|^[\t\r\n]/u;

/** A value as a cell: always in quotes; what would be a formula begins with an apostrophe, which makes it a text. */
export const csvCell = (value: string): string =>
  `"${(formula.test(value) ? `'${value}` : value).replaceAll('"', '""')}"`;

/** To the microsecond: `2026-02-03T04:05:06.123456Z`. */
function isoMicros(micros: bigint): string {
  const date = new Date(Number(micros / 1000n));
  if (Number.isNaN(date.getTime())) return '';
  return date.toISOString().replace('Z', `${String(micros % 1000n).padStart(3, '0')}Z`);
}
