import type { Sql } from '../database/index.ts';
import { partMsOf, partsPerWindow } from './use-window.ts';

/** How much one key uses, of how much it may in any window of this length. */
export interface Use {
  readonly key: string;
  readonly uses: number;
  readonly most: number;
  readonly windowMs: number;
}

/** What a key has used, on all replicas. */
export interface Used {
  readonly key: string;
  /** Whether these uses were counted: else there was no room for them. */
  readonly admitted: boolean;
  /** By parts of the window, the newest first. */
  readonly counts: readonly number[];
  /** How long ago the newest part began. */
  readonly intoPartMs: number;
}

/**
 * Adds the uses of many keys at once where there is room, and answers what they come to. Rows are locked in the order of
 * their keys. A window of another length than before begins anew, and so does one that a clock that went back has left behind.
 */
export const addUses = (sql: Sql, uses: readonly Use[]) => sql<Used[]>`
  insert into use_windows as known (key, part_ms, part, counts, most, admitted, ends_at)
  select key, part_ms, floor(extract(epoch from now()) * 1000 / part_ms),
    array[case when uses <= most then uses else 0 end] || array_fill(0, array[${partsPerWindow}::integer]),
    most, uses <= most, now() + (${partsPerWindow}::integer + 1) * part_ms * interval '1 millisecond'
  from unnest(
    ${uses.map(({ key }) => key)}::text[], ${uses.map((use) => use.uses)}::integer[],
    ${uses.map(({ most }) => most)}::integer[], ${uses.map(({ windowMs }) => partMsOf(windowMs))}::bigint[]
  ) as added(key, uses, most, part_ms)
  order by key
  on conflict (key) do update set (part_ms, part, counts, most, admitted, ends_at) = (
    select excluded.part_ms, case when goes_on then greatest(known.part, excluded.part) else excluded.part end,
      case when fits then array[aged[1] + excluded.counts[1]] || aged[2:] else aged end,
      excluded.most, fits, excluded.ends_at
    from
      (select known.part_ms = excluded.part_ms and excluded.part >= known.part - 1) as same(goes_on),
      lateral (
        select aged_counts(known.counts, case when goes_on then excluded.part - known.part else ${partsPerWindow}::integer + 1 end)
      ) as before(aged),
      lateral (
        select excluded.admitted and sum(count) + excluded.counts[1] <= excluded.most from unnest(aged) as count
      ) as room(fits)
  )
  returning key, admitted, counts, greatest(0, extract(epoch from now()) * 1000 - part * part_ms)::float8 as "intoPartMs"
`;

/** How long one use of a key takes to drain away, for keys whose room comes back bit by bit. */
export interface Drip {
  readonly key: string;
  readonly drainMs: number;
}

/** How long it takes until a bucket is empty. */
export interface Poured {
  readonly key: string;
  readonly remainingMs: number;
}

/** Adds what was poured into buckets; answers how long each takes to be empty, on all replicas. Rows are locked in the order of their keys. */
export const pour = (sql: Sql, drips: readonly Drip[]) => sql<Poured[]>`
  insert into rate_limits as known (key, window_ends_at)
  select key, now() + drain_ms * interval '1 millisecond'
  from unnest(${drips.map(({ key }) => key)}::text[], ${drips.map(({ drainMs }) => drainMs)}::float8[]) as poured(key, drain_ms)
  order by key
  on conflict (key) do update set
    window_ends_at = greatest(known.window_ends_at, now()) + (excluded.window_ends_at - now())
  returning key, greatest(0, extract(epoch from window_ends_at - now()) * 1000)::float8 as "remainingMs"
`;

/** Removes windows in which nothing is left, and empty buckets. */
export const removeOldLimits = (sql: Sql) => sql`
  with windows as (delete from use_windows where ends_at < now() returning key),
    buckets as (delete from rate_limits where window_ends_at < now() - interval '1 minute' returning key)
  select key from windows union all select key from buckets
`;
