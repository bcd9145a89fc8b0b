import type { Sql } from '../database/index.ts';

/** What one user used on one day of one model. */
export interface Use {
  readonly day: string;
  readonly userId: string;
  readonly teamId: string;
  readonly provider: string;
  readonly model: string;
  readonly requests: string;
  readonly promptTokens: string;
  readonly completionTokens: string;
  readonly estimatedRequests: string;
  readonly costMicros: string;
}

/** Of so many days back, with today, in this team or any; the newest day first. */
export const listUses = (sql: Sql, { teamId, days }: { teamId: string | undefined; days: number }) => sql<Use[]>`
  select day::text, user_id as "userId", team_id as "teamId", provider, model, requests::text,
    prompt_tokens::text as "promptTokens", completion_tokens::text as "completionTokens",
    estimated_requests::text as "estimatedRequests", cost_micros::text as "costMicros"
  from gateway_usage
  where day > (now() at time zone 'utc')::date - ${days}::integer
    and ${teamId === undefined ? sql`true` : sql`team_id = ${teamId}`}
  order by day desc, user_id, provider, model
  limit 10000
`;

/** Removes what is older than so many days. */
export const removeOldUses = (sql: Sql, days: number) => sql`
  delete from gateway_usage where day <= (now() at time zone 'utc')::date - ${days}::integer
`;
