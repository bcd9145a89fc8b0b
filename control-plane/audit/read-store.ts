import type { Sql } from '../database/index.ts';
import type { AuditEvent, AuditFilter } from './event.ts';

/** Actors are named as `user:<id>`; everything else by its bare id. */
const eventColumns = (sql: Sql) => sql`
  event.id, seal.position, seal.seal,
  case when isfinite(event.at) then (extract(epoch from event.at) * 1000000)::bigint::text else '0' end as "atMicros",
  event.actor, actor.name as "actorName", event.credential_id as "credentialId",
  event.action, event.target, target.name as "targetName", event.team_id as "teamId", team.name as "teamName",
  event.outcome, event.request_id as "requestId",
  origin.address, origin.user_agent as "userAgent", seal.origin_digest is not null and origin.event_id is null as "originErased",
  content.before::text as before, content.after::text as after, content.reason,
  seal.content_digest is not null and content.event_id is null as "contentErased"
`;

/** Names are read anew each time: they stand in no sealed row, so that they can be changed and erased. */
const besides = (sql: Sql) => sql`
  left join audit_origins origin on origin.event_id = event.id
  left join audit_contents content on content.event_id = event.id
  left join subject_names actor on actor.id = split_part(event.actor, ':', 2)
  left join subject_names target on target.id = event.target
  left join subject_names team on team.id = event.team_id
`;

const moment = (sql: Sql, micros: bigint) =>
  sql`timestamptz 'epoch' + ${String(micros)}::bigint * interval '1 microsecond'`;

/** Prefixes are compared by bytes; `~` comes after everything that an action's name may hold. */
const matching = (sql: Sql, filter: AuditFilter) => sql`
  ${filter.actor === '' ? sql`true` : sql`event.actor = ${filter.actor}`}
  and ${filter.actionPrefix === '' ? sql`true` : sql`event.action ~>=~ ${filter.actionPrefix} and event.action ~<~ ${`${filter.actionPrefix}~`}`}
  and ${filter.target === '' ? sql`true` : sql`event.target = ${filter.target}`}
  and ${filter.teamId === undefined ? sql`true` : sql`event.team_id = ${filter.teamId}`}
  and ${filter.outcomes.length === 0 ? sql`true` : sql`event.outcome = any(${filter.outcomes as string[]}::text[])`}
  and ${filter.sinceMicros === undefined ? sql`true` : sql`event.at >= ${moment(sql, filter.sinceMicros)}`}
  and ${filter.untilMicros === undefined ? sql`true` : sql`event.at < ${moment(sql, filter.untilMicros)}`}
`;

/** Rows newest first, from the one before an id on. The page is cut before anything is joined with it. */
export const listEvents = (sql: Sql, filter: AuditFilter, before: string | undefined, limit: number) => sql<
  AuditEvent[]
>`
  with event as materialized (
    select * from audit_events event
    where ${before === undefined ? sql`true` : sql`event.id < ${before}`} and ${matching(sql, filter)}
    order by event.id desc
    limit ${limit}
  )
  select ${eventColumns(sql)}
  from event left join audit_seals seal on seal.event_id = event.id ${besides(sql)}
  order by event.id desc
`;

/** Sealed rows in the order of the chain: those after a position, up to another. */
export const readSealed = (sql: Sql, filter: AuditFilter, window: { after: bigint; until: bigint }) => sql<
  (AuditEvent & { position: string })[]
>`
  select ${eventColumns(sql)}
  from audit_seals seal join audit_events event on event.id = seal.event_id ${besides(sql)}
  where seal.position > ${String(window.after)} and seal.position <= ${String(window.until)} and ${matching(sql, filter)}
  order by seal.position
`;
