import type { Sql } from '../../database/index.ts';
import type { SeenHead } from '../git/lineage.ts';
import type { ForgeName } from './forge.ts';

/** A registered repository, with the newest head of its branch. */
export interface Repository {
  readonly id: string;
  readonly name: string;
  readonly url: string;
  readonly branch: string;
  readonly fetchedAt: Date | null;
  readonly fetchError: string;
  /** The head's number, sha and time are all null before the first. */
  readonly headId: string | null;
  readonly headSha: string | null;
  readonly headObservedAt: Date | null;
  /** Heads come from CI alone; nothing is fetched. */
  readonly published: boolean;
  readonly credentialKind: 'token' | 'ssh_key' | null;
  /** Null where it has no webhook. */
  readonly webhookCreatedAt: Date | null;
  readonly webhookDeliveredAt: Date | null;
  readonly webhookEvent: string;
  readonly webhookRefusedAt: Date | null;
  /** Whether what is built from it has to be verified to be green. */
  readonly requireProvenance: boolean;
  /** Which forge it lies on, as somebody has said. */
  readonly forgeKind: ForgeName | null;
  /** The same, as the first signed delivery of its webhook has said. */
  readonly forgeSeen: ForgeName | null;
}

const repositoryRow = (sql: Sql) => sql`
  select repository.id, repository.name, repository.url, repository.branch,
    -- The word of CI holds until it says something else.
    case when repository.published then (select now() where head.sha is not null) else repository.fetched_at end as "fetchedAt",
    repository.published, repository.credential_kind as "credentialKind", repository.webhook_created_at as "webhookCreatedAt",
    repository.webhook_delivered_at as "webhookDeliveredAt", repository.webhook_event as "webhookEvent",
    repository.webhook_refused_at as "webhookRefusedAt", repository.require_provenance as "requireProvenance",
    repository.forge_kind as "forgeKind", repository.forge_seen as "forgeSeen",
    repository.fetch_error as "fetchError", head.id as "headId", head.sha as "headSha", head.observed_at as "headObservedAt"
  from repositories repository
  left join lateral (
    select id::text, sha, observed_at from repository_heads
    where repository_id = repository.id and branch = repository.branch
    order by repository_heads.id desc limit 1
  ) head on true
`;

/** All repositories, by name. */
export const readRepositories = (sql: Sql) => sql<Repository[]>`${repositoryRow(sql)} order by repository.name`;

/** Repositories by name, after this one. */
export const listRepositories = (sql: Sql, after: string | undefined, limit: number) => sql<Repository[]>`
  ${repositoryRow(sql)}
  where ${after === undefined ? sql`true` : sql`repository.name > ${after}`}
  order by repository.name limit ${limit}
`;

export async function findRepository(sql: Sql, id: string): Promise<Repository | undefined> {
  const [row] = await sql<Repository[]>`${repositoryRow(sql)} where repository.id = ${id}`;
  return row;
}

export async function findRepositoryByName(sql: Sql, name: string): Promise<Repository | undefined> {
  const [row] = await sql<Repository[]>`${repositoryRow(sql)} where repository.name = ${name}`;
  return row;
}

export interface NewRepository {
  readonly id: string;
  readonly name: string;
  readonly url: string;
  readonly branch: string;
  readonly createdBy: string | null;
  readonly published?: boolean;
}

/** Registers a repository, unless its name is taken; answers whether it is new. */
export async function insertRepository(
  sql: Sql,
  { id, name, url, branch, createdBy, published = false }: NewRepository,
): Promise<boolean> {
  const rows = await sql`
    insert into repositories (id, name, url, branch, created_by, published)
    values (${id}, ${name}, ${url}, ${branch}, ${createdBy}, ${published})
    on conflict (name) do nothing returning id
  `;
  return rows.length === 1;
}

/** Gives a repository another address and branch. What was known of the old one does not count for it. */
export const moveRepository = (sql: Sql, id: string, { url, branch }: Pick<NewRepository, 'url' | 'branch'>) => sql`
  update repositories set url = ${url}, branch = ${branch}, fetched_at = null, failing_since = null, fetch_error = '',
    forge_seen = case when url = ${url} then forge_seen end
  where id = ${id}
`;

/** Says whether what is built from it has to be verified to be green. */
export const writeRequireProvenance = (sql: Sql, id: string, required: boolean) =>
  sql`update repositories set require_provenance = ${required} where id = ${id}`;

/** Says which forge it lies on. Null: that is found out. */
export const writeForgeKind = (sql: Sql, id: string, kind: ForgeName | null) =>
  sql`update repositories set forge_kind = ${kind}::forge_kind where id = ${id}`;

/** Removes a repository with its heads; answers what it was. */
export async function deleteRepository(
  sql: Sql,
  id: string,
): Promise<{ name: string; url: string; branch: string } | undefined> {
  const [row] = await sql<
    { name: string; url: string; branch: string }[]
  >`delete from repositories where id = ${id} returning name, url, branch`;
  return row;
}

/** Locks a repository's row until the transaction ends; answers whether it is (still) this one. */
export async function lockRepository(
  sql: Sql,
  { id, url, branch }: Pick<Repository, 'id' | 'url' | 'branch'>,
): Promise<boolean> {
  const rows =
    await sql`select id from repositories where id = ${id} and url = ${url} and branch = ${branch} for update`;
  return rows.length === 1;
}

export interface NewHead {
  readonly sha: string;
  readonly forced: boolean;
  /** The number of the head that was the newest before the repository was asked. */
  readonly after: string | null;
  readonly source: HeadSourceName;
}

/** How a head became known, as the database names it. */
export type HeadSourceName = 'poll' | 'webhook' | 'published';

/** Records a head, unless another was recorded since the repository was asked: what was seen may be older than that. */
export async function insertHead(
  sql: Sql,
  { id, branch }: Pick<Repository, 'id' | 'branch'>,
  { sha, forced, after, source }: NewHead,
): Promise<boolean> {
  const rows = await sql`
    with newest as (
      select max(id) as id from repository_heads where repository_id = ${id} and branch = ${branch}
    )
    insert into repository_heads (repository_id, branch, sha, source, forced)
    select ${id}, ${branch}, ${sha}, ${source}, ${forced} from newest where newest.id is not distinct from ${after}::bigint
    returning id
  `;
  return rows.length === 1;
}

/** How often a success that changes nothing is written down, in seconds. */
const confirmEverySeconds = 20;

/**
 * Says that the repository has told where its branches are, so many milliseconds ago; answers whether it was not known to be
 * reachable before. Written only as often as it matters.
 */
export async function recordReached(
  sql: Sql,
  { id, url, branch }: Pick<Repository, 'id' | 'url' | 'branch'>,
  agoMs: number,
): Promise<boolean> {
  const [row] = await sql<{ failed: boolean }[]>`
    with before as (
      select id, fetch_error, fetched_at, fetched_at is null or fetched_at < now() - make_interval(secs => ${confirmEverySeconds}) as due from repositories
      where id = ${id} and url = ${url} and branch = ${branch}
    )
    update repositories set fetched_at = greatest(repositories.fetched_at, now() - make_interval(secs => ${agoMs / 1000}::float8)),
      failing_since = null, fetch_error = ''
    from before where repositories.id = before.id and (before.due or before.fetch_error <> '')
    returning before.fetch_error <> '' or before.fetched_at is null as failed
  `;
  return row?.failed ?? false;
}

/** Takes back that repositories were reached so many milliseconds after now, by a clock that was set back since; answers which. */
export const forgetFutureReaches = (sql: Sql, aheadMs: number) => sql<{ id: string }[]>`
  update repositories set fetched_at = null where fetched_at > now() + make_interval(secs => ${aheadMs / 1000}::float8) returning id
`;

/** Says why the repository could not be reached; answers whether that is news. */
export async function recordUnreached(
  sql: Sql,
  { id, url, branch }: Pick<Repository, 'id' | 'url' | 'branch'>,
  problem: string,
): Promise<boolean> {
  const rows = await sql`
    update repositories set failing_since = coalesce(failing_since, now()), fetch_error = ${problem}
    where id = ${id} and url = ${url} and branch = ${branch} and fetch_error <> ${problem}
    returning id
  `;
  return rows.length === 1;
}

/** A head as it was recorded. */
export interface RecordedHead extends SeenHead {
  readonly id: string;
  readonly forced: boolean;
  readonly source: HeadSourceName;
}

/** The heads of the repository's branch, newest first, beginning below a number. */
export const listHeads = (
  sql: Sql,
  { id, branch }: Pick<Repository, 'id' | 'branch'>,
  below: string | undefined,
  limit: number,
) => sql<RecordedHead[]>`
  select id::text, sha, observed_at as "observedAt", forced, source from repository_heads
  where repository_id = ${id} and branch = ${branch} and ${below === undefined ? sql`true` : sql`id < ${below}::bigint`}
  order by repository_heads.id desc limit ${limit}
`;

/** Where a commit stands among the heads that a branch has had, by the last time that it was one. */
export interface HeadPlace {
  readonly sha: string;
  /** One more for each head that came later. */
  readonly place: number;
  /** How many heads up to this one rewrote the branch; counted from the same one as `place`. */
  readonly rewrites: number;
  /** When the branch moved on from it. Null: it has not. */
  readonly leftAt: Date | null;
}

/** The places of these commits, of those that have been a head. However many heads there were, no others are read out. */
export const findHeadPlaces = (
  sql: Sql,
  { id, branch }: Pick<Repository, 'id' | 'branch'>,
  shas: readonly string[],
) => sql<HeadPlace[]>`
  with asked as (
    select max(id) as id from repository_heads
    where repository_id = ${id} and branch = ${branch} and sha = any(${shas as string[]}::text[])
    group by sha
  ),
  placed as (
    select head.id, head.sha, row_number() over by_age as place, count(*) filter (where head.forced) over by_age as rewrites,
      lead(head.observed_at) over by_age as left_at
    from repository_heads head
    where head.repository_id = ${id} and head.branch = ${branch} and head.id >= (select min(id) from asked)
    window by_age as (order by head.id)
  )
  select sha, place::float8, rewrites::float8, left_at as "leftAt" from placed where id in (select id from asked)
`;

/** Whether the branch has pointed at a commit before. */
export async function hasHadHead(
  sql: Sql,
  { id, branch }: Pick<Repository, 'id' | 'branch'>,
  sha: string,
): Promise<boolean> {
  const rows =
    await sql`select from repository_heads where repository_id = ${id} and branch = ${branch} and sha = ${sha} limit 1`;
  return rows.length > 0;
}

/** Sealed; undefined where there is none. */
export async function readCredential(sql: Sql, id: string): Promise<Uint8Array | undefined> {
  const [row] = await sql<{ credential: Uint8Array | null }[]>`select credential from repositories where id = ${id}`;
  return row?.credential ?? undefined;
}

/** What is sealed of repositories, locked: to seal it anew. */
export const lockSealedRepositories = (sql: Sql) => sql<
  { id: string; credential: Uint8Array | null; webhookSecret: Uint8Array | null }[]
>`
  select id, credential, webhook_secret as "webhookSecret" from repositories
  where credential is not null or webhook_secret is not null order by id for update
`;

export const resealRepository = (
  sql: Sql,
  id: string,
  { credential, webhookSecret }: { readonly credential: Uint8Array | null; readonly webhookSecret: Uint8Array | null },
) => sql`update repositories set credential = ${credential}, webhook_secret = ${webhookSecret} where id = ${id}`;

/** Keeps a sealed credential; undefined removes it. */
export const writeCredential = (
  sql: Sql,
  id: string,
  credential: { readonly kind: 'token' | 'ssh_key'; readonly sealed: Uint8Array } | undefined,
) => sql`
  update repositories set credential = ${credential?.sealed ?? null}, credential_kind = ${credential?.kind ?? null} where id = ${id}
`;
