import type { Sql } from '../database/index.ts';
import { announcement } from '../events/index.ts';
import type { Snapshot } from './snapshot.ts';

const createdMicros = (sql: Sql) => sql`(extract(epoch from snapshot.created_at) * 1000000)::bigint`;

const snapshotRow = (sql: Sql) => sql`
  select snapshot.id, snapshot.team_id as "teamId", snapshot.name, snapshot.sandbox_id as "sandboxId", snapshot.template,
    coalesce(creator.name, snapshot.created_by) as "createdBy", snapshot.host_id as "hostId", snapshot.state, snapshot.reason,
    snapshot.layers, snapshot.size_bytes::float8 as "sizeBytes", snapshot.created_at as "createdAt",
    ${createdMicros(sql)}::text as "createdMicros",
    snapshot.state = 'ready' and not exists (
      select from unnest(snapshot.layers) as digest
      where not exists (select from layers layer where layer.digest = digest.digest and layer.stored_at is not null)
    ) as stored,
    array(
      select host.id from hosts host
      where host.status <> 'deleted' and (host.team_id is null or host.team_id = snapshot.team_id) and snapshot.state = 'ready' and snapshot.layers <@ (host.layers || host.template_digests) order by host.id
    ) as "hostIds"
  from snapshots snapshot
  join teams team on team.id = snapshot.team_id and team.deleted_at is null
  left join subject_names creator on creator.id = split_part(snapshot.created_by, ':', 2)
`;

/** One; deleted ones only where they are asked for. */
export async function findSnapshot(sql: Sql, id: string, alsoDeleted: boolean): Promise<Snapshot | undefined> {
  const [row] = await sql<
    Snapshot[]
  >`${snapshotRow(sql)} where snapshot.id = ${id} and (${alsoDeleted} or snapshot.state <> 'deleted')`;
  return row;
}

/** A team's snapshots, newest first. */
export const listSnapshots = (
  sql: Sql,
  filter: { teamId: string; sandboxId: string; after: readonly string[] | undefined; limit: number },
) => sql<Snapshot[]>`
  ${snapshotRow(sql)}
  where snapshot.team_id = ${filter.teamId} and snapshot.state <> 'deleted'
    and (${filter.sandboxId} = '' or snapshot.sandbox_id = ${filter.sandboxId})
    and ${filter.after ? sql`(${createdMicros(sql)}, snapshot.id) < (${filter.after[0]!}::bigint, ${filter.after[1]!})` : sql`true`}
  order by snapshot.created_at desc, snapshot.id desc
  limit ${filter.limit}
`;

/** The snapshot that this request has made before, also where it was deleted since. */
export async function findByRequest(sql: Sql, teamId: string, requestId: string): Promise<string | undefined> {
  const [row] = await sql<{ id: string }[]>`
    select id from snapshots where team_id = ${teamId} and request_id = ${requestId}
  `;
  return row?.id;
}

/** How many snapshots a team keeps. */
export async function countSnapshots(sql: Sql, teamId: string): Promise<number> {
  const [row] = await sql<{ count: number }[]>`
    select count(*)::int as count from snapshots where team_id = ${teamId} and state in ('creating', 'ready') and not passing
  `;
  return row?.count ?? 0;
}

export const insertSnapshot = async (
  sql: Sql,
  snapshot: Pick<Snapshot, 'id' | 'teamId' | 'name' | 'sandboxId' | 'template' | 'createdBy' | 'hostId'> & {
    requestId: string | null;
    passing: boolean;
  },
): Promise<void> => {
  await sql`
    insert into snapshots (id, team_id, name, sandbox_id, template, created_by, host_id, request_id, passing)
    values (${snapshot.id}, ${snapshot.teamId}, ${snapshot.name}, ${snapshot.sandboxId}, ${snapshot.template}, ${snapshot.createdBy},
      ${snapshot.hostId}, ${snapshot.requestId}, ${snapshot.passing})
  `;
};

/** Writes what became of it, unless it was settled already. Answers whether this was the one to settle it. */
export async function settleSnapshot(
  sql: Sql,
  id: string,
  made: { layers: readonly string[]; sizeBytes: number } | { reason: string },
): Promise<boolean> {
  const { layers, sizeBytes, reason } =
    'reason' in made ? { layers: [], sizeBytes: 0, ...made } : { reason: '', ...made };
  const rows = await sql`
    update snapshots
    set state = ${'reason' in made ? 'failed' : 'ready'}::snapshot_state, reason = ${reason}, layers = ${layers as string[]}::text[],
      size_bytes = ${sizeBytes}
    where id = ${id} and state = 'creating'
    returning ${announcement(sql, 'layer', sql`id`)}
  `;
  return rows.length > 0;
}

/** Answers whether it was there to be deleted. */
export async function markDeleted(sql: Sql, id: string): Promise<boolean> {
  const rows = await sql`
    update snapshots set state = 'deleted', deleted_at = now() where id = ${id} and state <> 'deleted'
    returning ${announcement(sql, 'layer', sql`id`)}
  `;
  return rows.length > 0;
}

/** What a sandbox made from it stands on, held against deletion until the transaction ends. */
export async function holdSnapshot(
  sql: Sql,
  teamId: string,
  id: string,
): Promise<Pick<Snapshot, 'state' | 'reason' | 'layers'> | undefined> {
  const [row] = await sql<Pick<Snapshot, 'state' | 'reason' | 'layers'>[]>`
    select state, reason, layers from snapshots where id = ${id} and team_id = ${teamId} and state <> 'deleted' for share
  `;
  return row;
}

/** Those whose maker has died: nobody will settle them. Locked until the transaction ends. */
export const findInterrupted = (sql: Sql, olderThanMs: number) => sql<{ id: string; teamId: string }[]>`
  select id, team_id as "teamId" from snapshots
  where state = 'creating' and created_at < now() - ${olderThanMs}::float8 * interval '1 millisecond'
  for update skip locked
`;

/** Those of forks that have died. */
export const findLeftBehind = (sql: Sql, olderThanMs: number) => sql<Pick<Snapshot, 'id' | 'teamId' | 'name'>[]>`
  select id, team_id as "teamId", name from snapshots
  where passing and state = 'ready' and created_at < now() - ${olderThanMs}::float8 * interval '1 millisecond'
`;

export const markTeamDeleted = (sql: Sql, teamId: string) => sql<{ id: string }[]>`
  update snapshots set state = 'deleted', deleted_at = now() where team_id = ${teamId} and state <> 'deleted' returning id
`;
