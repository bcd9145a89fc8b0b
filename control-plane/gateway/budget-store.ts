import type { Sql } from '../database/index.ts';

/** How much may be used, in tokens of models. */
export interface Caps {
  readonly perDay: number;
  readonly perMonth: number;
}

const today = (sql: Sql) => sql`
  select (now() at time zone 'utc')::date as day, date_trunc('month', now() at time zone 'utc')::date as month
`;

/** What holds for a user: caps of their own, or everybody's. */
const capsOf = (sql: Sql, userId: string) => sql`
  select per_day, per_month from gateway_caps where user_id = ${userId} or user_id is null
  order by user_id nulls last limit 1
`;

export interface Reservation {
  readonly id: string;
  readonly userId: string;
  readonly tokens: number;
  readonly lifetimeMs: number;
}

/**
 * Holds tokens back for a request, or more of them for one that has some, if they fit under both caps together with all
 * that is used and held back on all replicas: the row of the budget is locked while that is decided. False where they do not.
 */
export const reserve = async (sql: Sql, { id, userId, tokens, lifetimeMs }: Reservation): Promise<boolean> => {
  const { count } = await sql`
    with today as (${today(sql)}), caps as (${capsOf(sql, userId)}),
    budget as (
      insert into gateway_budgets as known (user_id, day, month, reserved)
      select ${userId}, day, month, ${tokens}::bigint from today, caps where ${tokens}::bigint <= least(per_day, per_month)
      on conflict (user_id) do update set
        day = greatest(known.day, excluded.day), month = greatest(known.month, excluded.month),
        used_today = case when known.day >= excluded.day then known.used_today else 0 end,
        used_this_month = case when known.month >= excluded.month then known.used_this_month else 0 end,
        reserved = known.reserved + excluded.reserved
      where known.reserved + excluded.reserved + case when known.day >= excluded.day then known.used_today else 0 end
          <= (select per_day from caps)
        and known.reserved + excluded.reserved + case when known.month >= excluded.month then known.used_this_month else 0 end
          <= (select per_month from caps)
      returning user_id
    )
    insert into gateway_reservations as known (id, user_id, tokens, expires_at)
    select ${id}, user_id, ${tokens}, now() + ${lifetimeMs}::float8 * interval '1 millisecond' from budget
    on conflict (id) do update set tokens = known.tokens + excluded.tokens
  `;
  return count === 1;
};

/** What a request came to. */
export interface Settlement {
  readonly userId: string;
  readonly teamId: string;
  readonly provider: string;
  readonly model: string;
  readonly promptTokens: number;
  readonly completionTokens: number;
  readonly estimated: boolean;
  readonly costMicros: number;
}

/** Gives back what was held back for a request, and counts what it used: nothing where the provider did not take it. */
export const settle = (sql: Sql, reservationId: string, used: Settlement | undefined) => sql`
  with today as (${today(sql)}),
  gone as (delete from gateway_reservations where id = ${reservationId} returning user_id, tokens),
  counted as (${used ? countUse(sql, used) : sql`select 1`})
  ${spendReserved(sql, used ? used.promptTokens + used.completionTokens : 0)}
`;

/** Counts what `gone` held back as used, or this much instead. */
const spendReserved = (sql: Sql, tokens: number | 'all') => sql`
  update gateway_budgets known set
    day = greatest(known.day, today.day), month = greatest(known.month, today.month),
    used_today = case when known.day >= today.day then known.used_today else 0 end + spent.tokens,
    used_this_month = case when known.month >= today.month then known.used_this_month else 0 end + spent.tokens,
    reserved = greatest(0, known.reserved - spent.reserved)
  from today, (
    select user_id, sum(tokens) as reserved, ${tokens === 'all' ? sql`sum(tokens)` : sql`${tokens}::bigint`} as tokens
    from gone group by user_id
  ) spent
  where known.user_id = spent.user_id
`;

const countUse = (sql: Sql, used: Settlement) => sql`
  insert into gateway_usage as known
    (user_id, team_id, day, provider, model, requests, prompt_tokens, completion_tokens, estimated_requests, cost_micros)
  select ${used.userId}, ${used.teamId}, day, ${used.provider}, ${used.model}, 1, ${used.promptTokens}::bigint,
    ${used.completionTokens}::bigint, ${used.estimated ? 1 : 0}::bigint, ${used.costMicros}::bigint
  from today
  on conflict (day, user_id, team_id, provider, model) do update set
    requests = known.requests + excluded.requests,
    prompt_tokens = known.prompt_tokens + excluded.prompt_tokens,
    completion_tokens = known.completion_tokens + excluded.completion_tokens,
    estimated_requests = known.estimated_requests + excluded.estimated_requests,
    cost_micros = known.cost_micros + excluded.cost_micros
  returning 1
`;

/** Counts as used what replicas held back that died before they could settle. */
export const settleLost = (sql: Sql) => sql`
  with today as (${today(sql)}),
  gone as (delete from gateway_reservations where expires_at < now() returning user_id, tokens)
  ${spendReserved(sql, 'all')}
`;

/** How a user stands with their caps. */
export interface Budget extends Caps {
  readonly userId: string;
  readonly userName: string;
  readonly isDefault: boolean;
  readonly usedToday: number;
  readonly usedThisMonth: number;
  readonly reserved: number;
}

const budgetRow = (sql: Sql) => sql`
  select users.id as "userId", users.name as "userName", own.user_id is null as "isDefault",
    coalesce(own.per_day, everybody.per_day)::float8 as "perDay",
    coalesce(own.per_month, everybody.per_month)::float8 as "perMonth",
    case when budget.day = today.day then used_today else 0 end::float8 as "usedToday",
    case when budget.month = today.month then used_this_month else 0 end::float8 as "usedThisMonth",
    coalesce(budget.reserved, 0)::float8 as reserved
  from users
  cross join (${today(sql)}) today
  join gateway_caps everybody on everybody.user_id is null
  left join gateway_caps own on own.user_id = users.id
  left join gateway_budgets budget on budget.user_id = users.id
`;

export const readBudget = async (sql: Sql, userId: string): Promise<Budget | undefined> =>
  (await sql<Budget[]>`${budgetRow(sql)} where users.id = ${userId}`)[0];

/** Of everybody who has a token, or has used something, in this team or any. By name. */
export const listBudgets = (sql: Sql, teamId: string | undefined) => sql<Budget[]>`
  ${budgetRow(sql)}
  where users.id in (
    select user_id from gateway_tokens where ${teamId === undefined ? sql`true` : sql`team_id = ${teamId}`}
    union select user_id from gateway_usage where ${teamId === undefined ? sql`true` : sql`team_id = ${teamId}`}
  )
  order by users.name, users.id
  limit 1000
`;

/** The caps that somebody has; everybody's where no user is named. */
export const readCaps = async (sql: Sql, userId: string | undefined): Promise<Caps | undefined> =>
  (
    await sql<Caps[]>`
      select per_day::float8 as "perDay", per_month::float8 as "perMonth" from gateway_caps
      where user_id is not distinct from ${userId ?? null}
    `
  )[0];

export const writeCaps = (sql: Sql, userId: string | undefined, { perDay, perMonth }: Caps) => sql`
  insert into gateway_caps (user_id, per_day, per_month) values (${userId ?? null}, ${perDay}, ${perMonth})
  on conflict (user_id) do update set per_day = excluded.per_day, per_month = excluded.per_month
`;

export const removeCaps = (sql: Sql, userId: string) => sql`delete from gateway_caps where user_id = ${userId}`;
