import type { Sql } from '../../database/index.ts';
import { chainColumns, type ChainRow } from './store.ts';

/** A seal with the row that it seals; `found` is false where that row is gone. */
export interface WalkedRow extends ChainRow {
  readonly position: string;
  readonly version: number;
  readonly originDigest: Buffer | null;
  readonly contentDigest: Buffer | null;
  readonly seal: Buffer;
  readonly found: boolean;
}

/**
 * Seals with their rows in the order of the chain: those after a position, up to another. A window, not a limit: without
 * statistics the planner would join all that is left of the chain, and sort it, for each batch.
 */
export const walkSeals = (sql: Sql, window: { after: bigint; until: bigint }) => sql<WalkedRow[]>`
  select seal.position, seal.event_id as "eventId", seal.version, seal.origin_digest as "originDigest",
    seal.content_digest as "contentDigest", seal.seal, event.id is not null as found, ${chainColumns(sql)}
  from audit_seals seal
  left join audit_events event on event.id = seal.event_id
  left join audit_origins origin on origin.event_id = seal.event_id
  left join audit_contents content on content.event_id = seal.event_id
  where seal.position > ${String(window.after)} and seal.position <= ${String(window.until)}
  order by seal.position, seal.event_id
`;

/** The first position after another one that has a seal; undefined where there is none. */
export async function findNextPosition(sql: Sql, after: bigint): Promise<bigint | undefined> {
  const [row] = await sql<
    { position: string }[]
  >`select position from audit_seals where position > ${String(after)} order by position limit 1`;
  return row && BigInt(row.position);
}

export interface Erased {
  readonly eventId: string;
  readonly part: 'origin' | 'content';
}

/** What audited erasures say about these rows. */
export const findErased = (sql: Sql, eventIds: readonly string[]) => sql<Erased[]>`
  select erased.event_id as "eventId", erased.part
  from audit_erasures erased
  join audit_events erasure on erasure.id = erased.erasure_event_id and erasure.action = 'audit.erase'
  where erased.event_id = any(${eventIds as string[]}::bigint[])
`;

export interface ErasureCount {
  readonly erasureEventId: string;
  readonly origins: number;
  readonly contents: number;
  /** What the erasure's own row says: JSON; null where there is nothing. */
  readonly told: string | null;
}

/** How much each erasure covers, and how much its audit row says that it does. */
export const countErasures = (sql: Sql) => sql<ErasureCount[]>`
  select counted.erasure_event_id as "erasureEventId", counted.origins, counted.contents, content.after::text as told
  from (
    select erasure_event_id, count(*) filter (where part = 'origin')::float8 as origins, count(*) filter (where part = 'content')::float8 as contents
    from audit_erasures group by erasure_event_id
  ) as counted
  left join audit_contents content on content.event_id = counted.erasure_event_id
  order by counted.erasure_event_id
`;

/** The highest id of an audit row; zero where there is none. */
export async function findHighestId(sql: Sql): Promise<bigint> {
  const [row] = await sql<{ id: string }[]>`select coalesce(max(id), 0) as id from audit_events`;
  return BigInt(row!.id); // one row always
}

/** Rows of a range of ids that have no seal and do not wait for one. */
export const findUnsealed = (sql: Sql, range: { after: bigint; until: bigint }) => sql<{ id: string }[]>`
  select event.id from audit_events event
  where event.id > ${String(range.after)} and event.id <= ${String(range.until)}
    and not exists (select from audit_seals seal where seal.event_id = event.id)
    and not exists (select from audit_unsealed waiting where waiting.event_id = event.id)
  order by event.id
`;

/** Rows that wait for their seal but are gone. */
export const findLost = (sql: Sql, limit: number) => sql<{ id: string }[]>`
  select waiting.event_id as id from audit_unsealed waiting
  where not exists (select from audit_events event where event.id = waiting.event_id)
  order by waiting.event_id limit ${limit}
`;

export interface Backlog {
  readonly count: number;
  /** When the oldest row that waits was made; null where none waits. */
  readonly since: Date | null;
}

/** The rows that wait for their seal. */
export async function findBacklog(sql: Sql): Promise<Backlog> {
  const [row] = await sql<Backlog[]>`
    select count(*)::float8 as count, min(event.at) filter (where isfinite(event.at)) as since
    from audit_unsealed waiting join audit_events event on event.id = waiting.event_id
  `;
  return row!; // one row always
}
