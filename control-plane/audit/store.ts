import type { Sql } from '../database/index.ts';
import type { AuditOutcome } from './record.ts';

export interface NewEvent {
  readonly actor: string;
  readonly credentialId: string | null;
  readonly action: string;
  readonly target: string | null;
  readonly teamId: string | null;
  readonly outcome: AuditOutcome;
  /** JSON. */
  readonly before: string | null;
  readonly after: string | null;
  readonly requestId: string;
  readonly address: string;
  readonly userAgent: string;
  readonly reason: string | null;
}

/** Writes an audit row with what stands beside it, and puts it into the queue of the sealer. */
export const insertEvent = (sql: Sql, event: NewEvent) => sql<{ id: string }[]>`
  with event as (
    insert into audit_events (actor, credential_id, action, target, team_id, outcome, request_id)
    values (${event.actor}, ${event.credentialId}, ${event.action}, ${event.target}, ${event.teamId}, ${event.outcome}, ${event.requestId})
    returning id
  ),
  origin as (
    insert into audit_origins (event_id, address, user_agent)
    select id, ${event.address}, ${event.userAgent} from event where ${event.address !== '' || event.userAgent !== ''}
  ),
  content as (
    insert into audit_contents (event_id, before, after, reason)
    select id, ${event.before}::text::json, ${event.after}::text::json, ${event.reason} from event
    where ${event.before !== null || event.after !== null || event.reason !== null}
  ),
  waiting as (insert into audit_unsealed (event_id) select id from event)
  select id from event
`;
