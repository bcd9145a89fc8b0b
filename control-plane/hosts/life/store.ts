import type { Sql } from '../../database/index.ts';

/** What can happen to a host's life. */
export type HostEventKind = 'joined' | 'unreachable' | 'online' | 'agent_started' | 'machine_started';

/** Something that happened to a host's life. */
export interface HostEvent {
  /** Its place in the order. */
  readonly id: string;
  readonly at: Date;
  readonly kind: HostEventKind;
  /** The last sign of life before it fell silent; null for everything else. */
  readonly lastSeenAt: Date | null;
}

/** Newest first, from before `beforeId` on. */
export const listHostEvents = (
  sql: Sql,
  { hostId, beforeId, limit }: { hostId: string; beforeId: string | undefined; limit: number },
) => sql<HostEvent[]>`
  select id::text as id, at, kind, last_seen_at as "lastSeenAt"
  from host_events
  where host_id = ${hostId} and (${beforeId ?? null}::bigint is null or id < ${beforeId ?? null}::bigint)
  order by host_events.id desc
  limit ${limit}
`;

/** Heartbeats and silences are written down by the statements that find them. */
export const recordJoined = (sql: Sql, hostId: string) => sql`
  insert into host_events (host_id, kind) values (${hostId}, 'joined')
`;

/** Forgets what is long ago, and what is more than so many of one host. Answers how many. */
export async function forgetHostEvents(sql: Sql, { days, most }: { days: number; most: number }): Promise<number> {
  const { count } = await sql`
    delete from host_events
    using (select id, row_number() over (partition by host_id order by id desc) as place from host_events) ranked
    where ranked.id = host_events.id and (place > ${most} or at < now() - ${days} * interval '1 day')
  `;
  return count;
}
