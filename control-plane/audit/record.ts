import { redactTokens } from '#contract/token.ts';
import type { Context } from '../context.ts';
import type { Sql } from '../database/index.ts';
import { insertEvent } from './store.ts';

/** One thing that somebody did or tried. `before` and `after` hold names and settings, never secrets. */
export interface AuditEntry {
  /** `host.create`, `sandbox.destroy`, … */
  readonly action: string;
  /** The id of what it was done on. */
  readonly target?: string;
  readonly teamId?: string | null;
  readonly outcome?: AuditOutcome;
  readonly before?: Readonly<Record<string, unknown>>;
  readonly after?: Readonly<Record<string, unknown>>;
  readonly reason?: string;
}

export type AuditOutcome = 'done' | 'denied' | 'failed';

/** Writes the audit row inside the transaction of the change itself: no audit, no change. */
export async function recordAudit(
  sql: Sql,
  context: Pick<Context, 'caller' | 'origin'>,
  entry: AuditEntry,
): Promise<void> {
  await appendEvent(sql, context, entry);
}

/** The same; answers the row's id. */
export async function appendEvent(
  sql: Sql,
  { caller, origin }: Pick<Context, 'caller' | 'origin'>,
  entry: AuditEntry,
): Promise<string> {
  const [event] = await insertEvent(sql, {
    actor: storable(caller.actor),
    credentialId: storable(caller.credentialId),
    action: entry.action,
    target: storable(entry.target),
    teamId: storable(entry.teamId),
    outcome: entry.outcome ?? 'done',
    before: json(entry.before),
    after: json(entry.after),
    requestId: storable(origin.requestId),
    address: storable(origin.address),
    userAgent: storable(origin.userAgent),
    reason: storable(entry.reason),
  });
  return event!.id; // an insert answers its row
}

const json = (value: unknown): string | null => (value === undefined ? null : JSON.stringify(value));

/** Longer texts are cut: an attempt that is denied may carry anything. */
const longest = 4_000;

/**
 * A text as the database takes it: what a denied attempt names must never be the reason why it is not recorded, nor be a
 * secret that stood in the wrong place.
 */
function storable(text: string): string;
function storable(text: string | null | undefined): string | null;
function storable(text: string | null | undefined): string | null {
  return text === null || text === undefined
    ? null
    : redactTokens(text).slice(0, longest).toWellFormed().replaceAll('\0', '\u{fffd}');
}
