import type { Sql } from '../database/index.ts';

/** A sandbox that a host runs and the database does not know. */
export interface UnknownSandbox {
  readonly hostId: string;
  readonly sandboxId: string;
  readonly attempt: number;
  readonly firstSeenAt: Date;
  /** Its place in the order, in microseconds: JavaScript's dates are too coarse for it. */
  readonly firstSeenMicros: string;
  readonly note: string;
  /** When an operator let it go on; null where nobody did. */
  readonly releasedAt: Date | null;
}

interface UnknownFilter {
  /** Empty: on all hosts. */
  readonly hostId: string;
  /** Microseconds, sandbox and host of the last one of the page before. */
  readonly after: readonly string[] | undefined;
  readonly limit: number;
}

const micros = (sql: Sql) => sql`(extract(epoch from first_seen_at) * 1000000)::bigint`;

/** Those that are there, newest first. */
export const listUnknownSandboxes = (sql: Sql, { hostId, after, limit }: UnknownFilter) => sql<UnknownSandbox[]>`
  select host_id as "hostId", sandbox_id as "sandboxId", attempt, first_seen_at as "firstSeenAt", ${micros(sql)}::text as "firstSeenMicros", note, released_at as "releasedAt"
  from unknown_sandboxes
  where gone_at is null and (${hostId} = '' or host_id = ${hostId})
    and ${after ? sql`(${micros(sql)}, sandbox_id, host_id) < (${after[0]!}::bigint, ${after[1]!}, ${after[2]!})` : sql`true`}
  order by first_seen_at desc, sandbox_id desc, host_id desc
  limit ${limit}
`;

/** The newest attempt of one that is there. */
export async function findUnknownSandbox(
  sql: Sql,
  hostId: string,
  sandboxId: string,
): Promise<{ attempt: number } | undefined> {
  const [row] = await sql<{ attempt: number }[]>`
    select attempt from unknown_sandboxes where host_id = ${hostId} and sandbox_id = ${sandboxId} and gone_at is null
    order by attempt desc limit 1
  `;
  return row;
}

/** It goes on unmanaged: it is not frozen again. */
export const markReleased = (
  sql: Sql,
  { hostId, sandboxId, attempt }: { hostId: string; sandboxId: string; attempt: number },
) => sql`
  update unknown_sandboxes set released_at = now(), note = 'An operator let it go on, unmanaged.'
  where host_id = ${hostId} and sandbox_id = ${sandboxId} and attempt = ${attempt}
`;

/** Those that an operator has let go on. */
export const findReleased = (sql: Sql, hostId: string) => sql<{ sandboxId: string; attempt: number }[]>`
  select sandbox_id as "sandboxId", attempt from unknown_sandboxes where host_id = ${hostId} and released_at is not null and gone_at is null
`;

/** How many of each host are listed, and how many of those that are gone are remembered: a host may invent what it likes. */
const mostListed = 1_000;
const mostGone = 100;

/**
 * Notes what a host has now that the database does not know, `beyond` that it was not asked about, and that what was noted
 * before and is not there any more is gone.
 */
export async function recordUnknownSandboxes(
  sql: Sql,
  hostId: string,
  found: readonly { sandboxId: string; attempt: number; note: string }[],
  beyond: number,
): Promise<void> {
  const listed = found.toSorted((one, other) => (one.sandboxId < other.sandboxId ? -1 : 1)).slice(0, mostListed);
  const unlisted = found.length - listed.length + beyond;
  const ids = listed.map(({ sandboxId }) => sandboxId);
  const attempts = listed.map(({ attempt }) => attempt);
  await sql`update hosts set unknown_beyond = ${unlisted} where id = ${hostId} and unknown_beyond <> ${unlisted}`;
  await sql`
    insert into unknown_sandboxes (host_id, sandbox_id, attempt, note)
    select ${hostId}, found.sandbox_id, found.attempt, found.note
    from unnest(${ids}::text[], ${attempts}::int[], ${listed.map(({ note }) => note)}::text[]) as found(sandbox_id, attempt, note)
    on conflict (host_id, sandbox_id, attempt) do update set last_seen_at = now(), gone_at = null,
      note = case when unknown_sandboxes.released_at is null then excluded.note else unknown_sandboxes.note end
  `;
  const gone = await sql`
    update unknown_sandboxes set gone_at = now()
    where host_id = ${hostId} and gone_at is null
      and (sandbox_id, attempt) not in (select * from unnest(${ids}::text[], ${attempts}::int[]))
    returning sandbox_id
  `;
  if (gone.length > 0) await forgetGone(sql, hostId);
}

/** What an operator has let go on is remembered longest: it may have been away for a moment only. */
const forgetGone = (sql: Sql, hostId: string) => sql`
  delete from unknown_sandboxes
  where host_id = ${hostId} and (sandbox_id, attempt) in (
    select sandbox_id, attempt from unknown_sandboxes where host_id = ${hostId} and gone_at is not null
    order by released_at is not null desc, gone_at desc, sandbox_id, attempt
    offset ${mostGone}
  )
`;

/** How many are there beside those that are listed; on all hosts where none is named. */
export async function countUnlisted(sql: Sql, hostId: string): Promise<number> {
  const [row] = await sql<{ unlisted: number }[]>`
    select coalesce(sum(unknown_beyond), 0)::int as unlisted from hosts
    where unknown_beyond > 0 and status <> 'deleted' and (${hostId} = '' or id = ${hostId})
  `;
  return row!.unlisted; // one row always
}
