import type { Sql } from '../database/index.ts';

/** An audit row as people of its team are told of it. */
export interface TeamNews {
  readonly id: string;
  readonly atMicros: string;
  readonly actor: string;
  readonly actorName: string | null;
  readonly action: string;
  readonly target: string | null;
  readonly targetName: string | null;
  /** The name that stands in what was changed, and of the user that stands there; null where none does, or it was erased. */
  readonly name: string | null;
  readonly userId: string | null;
  readonly userName: string | null;
  readonly role: string | null;
  /** The provider of models that it is about. */
  readonly provider: string | null;
}

/** So many of a team's newest rows are looked at: what lies below is old news. */
const mostLookedAt = 5_000;

/** What was done in a team after a moment, by these actions, newest first. */
export const teamNews = (
  sql: Sql,
  { teamId, afterMicros, actions }: { teamId: string; afterMicros: string; actions: readonly string[] },
) => sql<TeamNews[]>`
  with newest as materialized (
    select id, at, actor, action, target, outcome from audit_events where team_id = ${teamId} order by id desc limit ${mostLookedAt}
  )
  select event.id::text, (extract(epoch from event.at) * 1000000)::bigint::text as "atMicros",
    event.actor, actor.name as "actorName", event.action, event.target, target.name as "targetName",
    coalesce(content.after ->> 'name', content.before ->> 'name') as name,
    content.after ->> 'user' as "userId", mentioned.name as "userName", content.after ->> 'role' as role,
    coalesce(content.after ->> 'provider', content.before ->> 'provider') as provider
  from newest event
  left join audit_contents content on content.event_id = event.id
  left join subject_names actor on actor.id = split_part(event.actor, ':', 2)
  left join subject_names target on target.id = event.target
  left join subject_names mentioned on mentioned.id = content.after ->> 'user'
  where event.at > timestamptz 'epoch' + ${afterMicros}::bigint * interval '1 microsecond'
    and event.outcome = 'done' and event.action = any(${actions as string[]}::text[])
  order by event.id desc
`;
