import type { Sql } from '../database/index.ts';
import type { Limit } from '../limits/index.ts';

/** Counts an attempt before it is tried, so that many at once count as many. Answers whether it may be tried, and else for how long not. */
export const countAttempt = async (
  sql: Sql,
  key: string,
  { most, windowMs }: Limit,
): Promise<{ admitted: boolean; waitMs: number }> => {
  const [row] = await sql<{ admitted: boolean; waitMs: number }[]>`
    insert into sign_in_limits as known (key, attempts, window_ends_at, admitted)
    values (${key}, 1, now() + ${windowMs}::float8 * interval '1 millisecond', true)
    on conflict (key) do update set
      admitted = known.blocked_until is null or known.blocked_until <= now(),
      attempts = case
        when known.blocked_until > now() then known.attempts
        when known.window_ends_at <= now() then 1
        else known.attempts + 1
      end,
      blocked_until = case
        when known.blocked_until > now() then known.blocked_until
        when known.window_ends_at > now() and known.attempts + 1 >= ${most}::integer
          then now() + least(900, power(2, least(known.attempts + 1 - ${most}::integer, 10))) * interval '1 second'
      end,
      window_ends_at = case when known.window_ends_at <= now() then excluded.window_ends_at else known.window_ends_at end
    returning admitted, coalesce(ceil(extract(epoch from blocked_until - now()) * 1000), 0)::integer as "waitMs"
  `;
  return row!; // one row always
};

/** Counts an attempt on an account from wherever it comes. Answers how many there were in the present window. */
export const countEverywhere = async (sql: Sql, key: string, windowMs: number): Promise<number> => {
  const [row] = await sql<{ attempts: number }[]>`
    insert into sign_in_limits as known (key, attempts, window_ends_at, admitted)
    values (${key}, 1, now() + ${windowMs}::float8 * interval '1 millisecond', true)
    on conflict (key) do update set
      attempts = case when known.window_ends_at <= now() then 1 else known.attempts + 1 end,
      window_ends_at = case when known.window_ends_at <= now() then excluded.window_ends_at else known.window_ends_at end
    returning attempts
  `;
  return row!.attempts; // one row always
};

/** Forgets the attempts that led to a good one. */
export const forgetAttempts = (sql: Sql, key: string) => sql`delete from sign_in_limits where key = ${key}`;

/** Takes one attempt back: it was a good one. */
export const takeBackAttempt = (sql: Sql, key: string) => sql`
  update sign_in_limits set attempts = greatest(attempts - 1, 0), blocked_until = null where key = ${key}
`;

/** Removes what no longer slows anybody down. */
export const removeOldAttempts = (sql: Sql) => sql`
  delete from sign_in_limits where window_ends_at < now() - interval '1 hour' and (blocked_until is null or blocked_until < now())
`;
