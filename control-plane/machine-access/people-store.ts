import type { Sql } from '../database/index.ts';

/** The list of who may use a machine, as it was last changed. */
export interface AccessList {
  readonly version: number;
  readonly updatedAt: Date;
  readonly updatedBy: string;
}

export const readList = async (sql: Sql, hostId: string): Promise<AccessList | undefined> => {
  const [row] = await sql<AccessList[]>`
    select version::int, updated_at as "updatedAt", coalesce(actor.name, list.updated_by) as "updatedBy"
    from host_access_lists list left join subject_names actor on actor.id = split_part(list.updated_by, ':', 2)
    where list.host_id = ${hostId}
  `;
  return row;
};

/** Locks the list of a machine until the transaction ends, whether there ever was one or not. */
export async function lockList(sql: Sql, hostId: string, actor: string): Promise<AccessList> {
  await sql`insert into host_access_lists (host_id, updated_by) values (${hostId}, ${actor}) on conflict do nothing`;
  await sql`select from host_access_lists where host_id = ${hostId} for update`;
  return (await readList(sql, hostId))!; // inserted above, if it was not there
}

export async function writeList(sql: Sql, hostId: string, userIds: readonly string[], actor: string): Promise<void> {
  await sql`delete from host_access_people where host_id = ${hostId} and user_id <> all(${userIds as string[]}::text[])`;
  await sql`
    insert into host_access_people (host_id, user_id)
    select ${hostId}, user_id from unnest(${userIds as string[]}::text[]) as user_id
    on conflict do nothing
  `;
  await sql`
    update host_access_lists set version = version + 1, updated_at = now(), updated_by = ${actor} where host_id = ${hostId}
  `;
}

/** Which of these are no users who may sign in. */
export const findStrangers = (sql: Sql, userIds: readonly string[]) => sql<{ id: string }[]>`
  select id from unnest(${userIds as string[]}::text[]) as id
  where not exists (select from users where users.id = id.id and users.active and users.erased_at is null)
`;

/** Who is on the list of a machine. */
export interface PersonOnList {
  readonly userId: string;
  readonly name: string;
  readonly email: string;
  readonly ssh: boolean;
  readonly installed: boolean;
}

export const listPeople = (sql: Sql, hostId: string) => sql<PersonOnList[]>`
  select person.user_id as "userId", users.name, users.email,
    exists (select from wanted_host_keys wanted where wanted.host_id = person.host_id and wanted.key_id = person.user_id) as ssh,
    coalesce(person.user_id = any(access.key_ids), false) as installed
  from host_access_people person
  join users on users.id = person.user_id
  left join host_access access on access.host_id = person.host_id
  where person.host_id = ${hostId}
  order by users.name, users.id
`;
