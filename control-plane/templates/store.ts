import type { Sql } from '../database/index.ts';
import { announcement } from '../events/index.ts';
import type { Template } from './template.ts';

const templateRow = (sql: Sql) => sql`
  select template.id, template.team_id as "teamId", template.name, template.version, template.state, template.reason, template.source,
    template.layers, coalesce(creator.name, template.created_by) as "createdBy", template.created_at as "createdAt",
    coalesce((select sum(layer.size_bytes) from layers layer where layer.digest = any(template.layers)), 0)::float8 as "sizeBytes",
    template.state = 'ready' and not exists (
      select from unnest(template.layers) as digest
      where not exists (select from layers layer where layer.digest = digest.digest and layer.stored_at is not null)
    ) as stored,
    array(
      select host.id from hosts host
      where host.status <> 'deleted' and (host.team_id is null or host.team_id = template.team_id) and template.state = 'ready' and template.layers <@ (host.layers || host.template_digests) order by host.id
    ) as "hostIds"
  from templates template
  join teams team on team.id = template.team_id and team.deleted_at is null
  left join subject_names creator on creator.id = split_part(template.created_by, ':', 2)
`;

/** A version; deleted ones only where they are asked for. */
export async function findTemplate(sql: Sql, id: string, alsoDeleted: boolean): Promise<Template | undefined> {
  const [row] = await sql<
    Template[]
  >`${templateRow(sql)} where template.id = ${id} and (${alsoDeleted} or template.state <> 'deleted')`;
  return row;
}

/**
 * The newest version of each of a team's templates, by name, from the one after `after` (name and version) on; and below
 * it the one that new sandboxes use, where the newest is being built or has failed.
 */
export const listTemplates = (sql: Sql, teamId: string, after: readonly string[] | undefined, limit: number) => sql<
  Template[]
>`
  ${templateRow(sql)}
  where template.team_id = ${teamId}
    and ${after ? sql`(template.name > ${after[0]!} or template.name = ${after[0]!} and template.version < ${after[1]!}::int)` : sql`true`}
    and (
      template.state = 'ready' or template.id in (
        select distinct on (newest.name) newest.id from templates newest
        where newest.team_id = ${teamId} and newest.state in ('building', 'ready', 'failed')
        order by newest.name, newest.version desc
      )
    )
  order by template.name, template.version desc
  limit ${limit}
`;

/** The template that this request has made before. */
export async function findByRequest(sql: Sql, teamId: string, requestId: string): Promise<string | undefined> {
  const [row] = await sql<{ id: string }[]>`
    select id from templates where team_id = ${teamId} and request_id = ${requestId}
  `;
  return row?.id;
}

/** Inserts the next version of a name; answers its number. */
export async function insertTemplate(
  sql: Sql,
  template: Pick<Template, 'id' | 'teamId' | 'name' | 'source' | 'createdBy'> & { requestId: string | null },
): Promise<number> {
  const [row] = await sql<{ version: number }[]>`
    insert into templates (id, team_id, name, version, source, created_by, request_id)
    select ${template.id}, ${template.teamId}, ${template.name}, coalesce(max(version), 0) + 1, ${template.source}, ${template.createdBy},
      ${template.requestId}
    from templates where team_id = ${template.teamId} and name = ${template.name}
    returning version
  `;
  return row!.version; // one row always
}

/** Where it is being built: nothing is taken away from there meanwhile. */
export const setBuilder = (sql: Sql, id: string, hostId: string) =>
  sql`update templates set host_id = ${hostId} where id = ${id} and state = 'building'`;

/** Makes it the version that new sandboxes use, in the place of older ones. */
export const publishTemplate = (
  sql: Sql,
  { id, teamId, name }: Pick<Template, 'id' | 'teamId' | 'name'>,
  layers: readonly string[],
) => sql`
  with older as (
    update templates set state = 'superseded' where team_id = ${teamId} and name = ${name} and state = 'ready' returning id
  ),
  told as (select count(*) from older)
  update templates set state = 'ready', layers = ${layers as string[]}::text[], host_id = null
  from told where templates.id = ${id} and state = 'building'
  returning ${announcement(sql, 'layer', sql`templates.id`)}
`;

export const failTemplate = (sql: Sql, id: string, reason: string) => sql`
  update templates set state = 'failed', reason = ${reason}, host_id = null where id = ${id} and state = 'building'
  returning ${announcement(sql, 'layer', sql`id`)}
`;

/** Deletes all versions of a name. Answers how many. */
export async function deleteVersions(sql: Sql, teamId: string, name: string): Promise<number> {
  const rows = await sql`
    update templates set state = 'deleted' where team_id = ${teamId} and name = ${name} and state <> 'deleted'
    returning ${announcement(sql, 'layer', sql`id`)}
  `;
  return rows.length;
}

/** What sandboxes of a name stand on now, held until the transaction ends. */
export async function holdTemplate(sql: Sql, teamId: string, name: string): Promise<readonly string[] | undefined> {
  const [row] = await sql<{ layers: string[] }[]>`
    select layers from templates where team_id = ${teamId} and name = ${name} and state = 'ready' for share
  `;
  return row?.layers;
}

/** A host that could build for a team, and what it lacks for that. */
export interface Builder {
  readonly id: string;
  readonly missing: readonly string[];
}

/** Hosts that could build for a team, wherever they are connected, the one that is least busy first. */
export const findBuilders = (sql: Sql, teamId: string) => sql<Builder[]>`
    select host.id, host.missing_builders as missing from teams team
    join hosts host on host.team_id is not distinct from case when team.own_hosts then team.id end
    join live_connections connection on connection.host_id = host.id
    left join promised_capacity promised on promised.host_id = host.id
    where team.id = ${teamId} and host.status = 'online' and host.cordoned_at is null and host.quarantined_at is null and host.runtime <> ''
    order by coalesce(promised.cpu_millis, 0) / greatest(host.cpus, 1), host.id
  `;

/** Fails what nobody builds any more. */
export const failInterrupted = (sql: Sql, olderThanMs: number) => sql<{ id: string }[]>`
  update templates set state = 'failed', host_id = null, reason = 'The building was interrupted. Create it again.'
  where state = 'building' and created_at < now() - ${olderThanMs}::float8 * interval '1 millisecond'
  returning id
`;

/** A tarball that somebody brought, to be used within the hour. */
export const keepTarball = (sql: Sql, digest: string, sizeBytes: number) => sql`
  insert into layers (digest, size_bytes, kept, stored_at) values (${digest}, ${sizeBytes}, true, now())
  on conflict (digest) do update set kept = true, created_at = now(), size_bytes = excluded.size_bytes, stored_at = now()
`;
