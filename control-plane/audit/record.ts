import type { Context } from '../context.ts';
import type { Sql } from '../database/index.ts';

/** One thing that somebody did or tried. `before` and `after` hold names and settings, never secrets. */
export interface AuditEntry {
  /** `host.create`, `sandbox.destroy`, … */
  readonly action: string;
  /** The id of what it was done on. */
  readonly target?: string;
  readonly teamId?: string | null;
  readonly outcome?: 'done' | 'denied' | 'failed';
  readonly before?: Readonly<Record<string, unknown>>;
  readonly after?: Readonly<Record<string, unknown>>;
  readonly reason?: string;
}

/** Writes the audit row inside the transaction of the change itself: no audit, no change. */
export async function recordAudit(sql: Sql, context: Pick<Context, 'caller' | 'origin'>, entry: AuditEntry): Promise<void> {
  const { caller, origin } = context;
  await sql`
    insert into audit_events (actor, credential_id, action, target, team_id, outcome, before, after, request_id, address, user_agent, reason)
    values (${caller.actor}, ${caller.credentialId ?? null}, ${entry.action}, ${entry.target ?? null}, ${entry.teamId ?? null},
      ${entry.outcome ?? 'done'}, ${json(entry.before)}::text::jsonb, ${json(entry.after)}::text::jsonb,
      ${origin.requestId}, ${origin.address}, ${origin.userAgent}, ${entry.reason ?? null})
  `;
}

const json = (value: unknown): string | null => (value === undefined ? null : JSON.stringify(value));
