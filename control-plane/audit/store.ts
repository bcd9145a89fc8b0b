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

/** Erases where the calls of a user came from, those with them by which they signed in; answers of which rows. */
export const deleteOriginsOf = (sql: Sql, userId: string) => sql<{ eventId: string }[]>`
  delete from audit_origins origin using audit_events event
  where event.id = origin.event_id and (
    event.actor = ${`user:${userId}`}
    or event.actor = 'anonymous' and (
      event.target = ${userId}
      or exists (
        select from audit_contents content
        where content.event_id = event.id and strpos(content.after::text, ${JSON.stringify(userId)}) > 0
      )
    )
  )
  returning origin.event_id as "eventId"
`;

/**
 * Erases what was changed of these targets, and every content that holds one of the texts as a value, or names it in its
 * reason; answers of which rows. Rows that say what was erased stay. Reads all contents: this is rare.
 */
export const deleteContentsAbout = (sql: Sql, targets: readonly string[], texts: readonly string[]) => sql<
  { eventId: string }[]
>`
  with named as (
    select text, json from unnest(${texts as string[]}::text[], ${texts.map((text) => JSON.stringify(text))}::text[]) as named(text, json)
  )
  delete from audit_contents content using audit_events event
  where event.id = content.event_id and event.action not in ('audit.erase', 'user.erase')
    and (
      event.target = any(${targets as string[]}::text[])
      or exists (
        select from named
        where strpos(lower(content.before::text), lower(named.json)) > 0 or strpos(lower(content.after::text), lower(named.json)) > 0
          or strpos(lower(content.reason), lower(named.text)) > 0
      )
    )
  returning content.event_id as "eventId"
`;

/** Notes what was erased of which rows, and by which audited erasure. */
export const insertErasures = (
  sql: Sql,
  erasureEventId: string,
  part: 'origin' | 'content',
  eventIds: readonly string[],
) => sql`
  insert into audit_erasures (event_id, part, erasure_event_id)
  select event_id, ${part}, ${erasureEventId}::bigint from unnest(${eventIds as string[]}::bigint[]) as erased(event_id)
`;
