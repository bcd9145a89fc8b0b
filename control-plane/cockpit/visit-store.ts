import type { Sql } from '../database/index.ts';

/** Up to when a user has seen what changed in a team. */
export interface Visit {
  readonly untilMicros: string;
  /** 0 where they never said so: it counts from when they joined. */
  readonly visit: string;
}

const micros = (sql: Sql, at: ReturnType<Sql>) => sql`(extract(epoch from ${at}) * 1000000)::bigint::text`;

/** Undefined for somebody who is not in the team. */
export async function findVisit(sql: Sql, userId: string, teamId: string): Promise<Visit | undefined> {
  const [row] = await sql<Visit[]>`
    select ${micros(sql, sql`greatest(member.joined_at, seen.seen_until)`)} as "untilMicros", coalesce(seen.visit, 0)::text as visit
    from team_members member
    left join cockpit_visits seen on seen.user_id = member.user_id and seen.team_id = member.team_id
    where member.team_id = ${teamId} and member.user_id = ${userId}
  `;
  return row;
}

/**
 * Moves it forward, where it is still the visit that was looked at; never back, and never beyond now. Answers whether it
 * was written.
 */
export async function recordVisit(
  sql: Sql,
  { userId, teamId, untilMicros, visit }: Visit & { userId: string; teamId: string },
): Promise<boolean> {
  const until = sql`least(now(), timestamptz 'epoch' + ${untilMicros}::bigint * interval '1 microsecond')`;
  const written =
    visit === '0'
      ? await sql`
          insert into cockpit_visits (user_id, team_id, seen_until) values (${userId}, ${teamId}, ${until})
          on conflict do nothing returning visit
        `
      : await sql`
          update cockpit_visits set seen_until = greatest(seen_until, ${until}), visit = visit + 1
          where user_id = ${userId} and team_id = ${teamId} and visit = ${visit}::bigint
          returning visit
        `;
  return written.length > 0;
}
