import type { Sql } from '../database/index.ts';

/** How much one key uses, and how much it may in its window. */
export interface Use {
  readonly key: string;
  readonly uses: number;
  readonly windowMs: number;
}

export interface Used {
  readonly key: string;
  /** In the present window, on all replicas, this use with it. */
  readonly used: number;
  /** Until the window ends. */
  readonly remainingMs: number;
}

/** Adds the uses of many keys at once, and answers what they come to. Rows are locked in the order of their keys. */
export const addUses = (sql: Sql, uses: readonly Use[]) => sql<Used[]>`
  insert into rate_limits as known (key, used, window_ends_at)
  select key, uses, now() + window_ms * interval '1 millisecond'
  from unnest(${uses.map(({ key }) => key)}::text[], ${uses.map((use) => use.uses)}::integer[], ${uses.map(({ windowMs }) => windowMs)}::bigint[])
    as added(key, uses, window_ms)
  order by key
  on conflict (key) do update set
    used = least(case when known.window_ends_at <= now() then 0 else known.used end, 1000000000) + excluded.used,
    window_ends_at = case when known.window_ends_at <= now() then excluded.window_ends_at else known.window_ends_at end
  returning key, used, greatest(0, ceil(extract(epoch from window_ends_at - now()) * 1000))::float8 as "remainingMs"
`;

/** How long one use of a key takes to drain away, for keys whose room comes back bit by bit. */
export interface Drip {
  readonly key: string;
  readonly drainMs: number;
}

/** Adds what was poured into buckets; answers how long each takes to be empty, on all replicas. Rows are locked in the order of their keys. */
export const pour = (sql: Sql, drips: readonly Drip[]) => sql<Omit<Used, 'used'>[]>`
  insert into rate_limits as known (key, used, window_ends_at)
  select key, 0, now() + drain_ms * interval '1 millisecond'
  from unnest(${drips.map(({ key }) => key)}::text[], ${drips.map(({ drainMs }) => drainMs)}::float8[]) as poured(key, drain_ms)
  order by key
  on conflict (key) do update set
    window_ends_at = greatest(known.window_ends_at, now()) + (excluded.window_ends_at - now())
  returning key, greatest(0, extract(epoch from window_ends_at - now()) * 1000)::float8 as "remainingMs"
`;

/** Removes windows that are over. */
export const removeOldLimits = (sql: Sql) =>
  sql`delete from rate_limits where window_ends_at < now() - interval '1 minute'`;
