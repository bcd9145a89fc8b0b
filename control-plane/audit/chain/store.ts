import type { Sql } from '../../database/index.ts';
import type { Content, Origin } from './seal.ts';

/** A row with what stands beside it, as the chain reads it. */
export interface ChainRow {
  readonly eventId: string;
  readonly atMicros: string | null;
  readonly actor: string | null;
  readonly credentialId: string | null;
  readonly action: string | null;
  readonly target: string | null;
  readonly teamId: string | null;
  readonly outcome: string | null;
  readonly requestId: string | null;
  readonly originSalt: string | null;
  readonly address: string | null;
  readonly userAgent: string | null;
  readonly contentSalt: string | null;
  readonly before: string | null;
  readonly after: string | null;
  readonly reason: string | null;
}

/** Joined as `event`, `origin` and `content`. Times are whole microseconds; what is no finite time is null. */
export const chainColumns = (sql: Sql) => sql`
  case when isfinite(event.at) then (extract(epoch from event.at) * 1000000)::bigint::text end as "atMicros",
  event.actor, event.credential_id as "credentialId", event.action, event.target, event.team_id as "teamId", event.outcome,
  event.request_id as "requestId",
  origin.salt::text as "originSalt", origin.address, origin.user_agent as "userAgent",
  content.salt::text as "contentSalt", content.before::text as before, content.after::text as after, content.reason
`;

/** Where the call came from; null where nothing is known of it, or where it was erased. */
export const originOf = (row: ChainRow): Origin | null =>
  row.originSalt === null ? null : { salt: row.originSalt, address: row.address ?? '', userAgent: row.userAgent ?? '' };

/** What the call changed; null where nothing, or where it was erased. */
export const contentOf = (row: ChainRow): Content | null =>
  row.contentSalt === null ? null : { salt: row.contentSalt, before: row.before, after: row.after, reason: row.reason };

export interface Tail {
  readonly position: bigint;
  readonly seal: Buffer;
}

/** The newest seal; undefined in an empty chain. */
export async function findTail(sql: Sql): Promise<Tail | undefined> {
  const [row] = await sql<
    { position: string; seal: Buffer }[]
  >`select position, seal from audit_seals order by position desc limit 1`;
  return row && { position: BigInt(row.position), seal: row.seal };
}

/** A row that waits; it is not there where somebody has removed it, and sealed where somebody has put it back. */
export interface WaitingRow extends ChainRow {
  readonly sealable: boolean;
}

/**
 * Rows that wait for a seal, by id, from an id on. The queue is cut before anything is joined with it: a backlog of
 * millions costs each batch no more.
 */
export const findWaiting = (sql: Sql, after: string, limit: number) => sql<WaitingRow[]>`
  with waiting as materialized (
    select event_id from audit_unsealed where event_id > ${after} order by event_id limit ${limit}
  )
  select waiting.event_id as "eventId", event.id is not null and seal.event_id is null as sealable, ${chainColumns(sql)}
  from waiting
  left join audit_events event on event.id = waiting.event_id
  left join audit_origins origin on origin.event_id = waiting.event_id
  left join audit_contents content on content.event_id = waiting.event_id
  left join audit_seals seal on seal.event_id = waiting.event_id
  order by waiting.event_id
`;

export interface NewSeals {
  readonly positions: string[];
  readonly eventIds: string[];
  /** Hex, as all of these: the driver knows no arrays of bytes. */
  readonly originDigests: (string | null)[];
  readonly contentDigests: (string | null)[];
  readonly seals: string[];
  readonly version: number;
}

/** Adds seals to the chain and takes their rows out of the queue. Fails where another has added to the chain meanwhile. */
export const insertSeals = (sql: Sql, seals: NewSeals) => sql`
  with sealed as (
    insert into audit_seals (position, event_id, version, origin_digest, content_digest, seal)
    select position, event_id, ${seals.version}, decode(origin_digest, 'hex'), decode(content_digest, 'hex'), decode(seal, 'hex')
    from unnest(${seals.positions}::bigint[], ${seals.eventIds}::bigint[], ${seals.originDigests}::text[],
      ${seals.contentDigests}::text[], ${seals.seals}::text[])
      as sealed(position, event_id, origin_digest, content_digest, seal)
    returning event_id
  )
  delete from audit_unsealed waiting using sealed where waiting.event_id = sealed.event_id
`;
