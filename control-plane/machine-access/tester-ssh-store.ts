import type { Sql } from '../database/index.ts';

/** A machine on whose list somebody is. */
export interface MachineOfTester {
  readonly hostId: string;
  readonly hostName: string;
  readonly hostname: string;
  readonly accounts: readonly string[];
  readonly installed: boolean;
  readonly state: HostAccessState;
}

/** How far a machine is, as the view tells. */
export type HostAccessState = 'applied' | 'pending' | 'unreachable' | 'failed' | 'not_offered';

/** SSH of one person, who may have none. */
export interface TesterSshRow {
  readonly userId: string;
  readonly name: string;
  readonly email: string;
  readonly active: boolean;
  readonly enabled: boolean;
  readonly publicKey: string;
  readonly fingerprint: string;
  readonly expiresAt: Date | null;
  readonly expired: boolean;
  readonly version: number;
  readonly updatedAt: Date | null;
  readonly updatedBy: string;
  readonly machines: readonly MachineOfTester[];
}

interface Which {
  readonly userId?: string;
  /** Name and id of the last one of the page before. */
  readonly after?: readonly string[] | undefined;
  readonly limit?: number;
}

/** One person, or everybody who is on a list or has a key, by name. */
export const listTesterSsh = (sql: Sql, { userId, after, limit = 1 }: Which) => sql<TesterSshRow[]>`
  select users.id as "userId", users.name, users.email, users.active, coalesce(ssh.enabled, false) as enabled,
    coalesce(ssh.public_key, '') as "publicKey", coalesce(ssh.fingerprint, '') as fingerprint, ssh.expires_at as "expiresAt",
    coalesce(ssh.expires_at <= now(), false) as expired, coalesce(ssh.version, 0)::int as version,
    case when ssh.version > 0 then ssh.updated_at end as "updatedAt",
    case when ssh.version > 0 then coalesce(actor.name, ssh.updated_by) else '' end as "updatedBy",
    coalesce(machine.list, '[]') as machines
  from users
  left join tester_ssh ssh on ssh.user_id = users.id
  left join subject_names actor on actor.id = split_part(ssh.updated_by, ':', 2)
  left join lateral (
    select json_agg(json_build_object(
      'hostId', host.id, 'hostName', host.name, 'hostname', coalesce(host.hostname, ''), 'state', state.state,
      'installed', coalesce(users.id = any(access.key_ids), false),
      'accounts', coalesce((
        select json_agg(account->>'name') from jsonb_array_elements(access.accounts) account where (account->>'takesTesters')::boolean
      ), '[]')
    ) order by host.name, host.id) as list
    from host_access_people person
    join hosts host on host.id = person.host_id
    join host_access_states state on state.host_id = host.id
    left join host_access access on access.host_id = host.id
    where person.user_id = users.id
  ) machine on true
  where users.erased_at is null
    ${
      userId === undefined
        ? sql`and (ssh.version > 0 or exists (select from host_access_people person where person.user_id = users.id))`
        : sql`and users.id = ${userId}`
    }
    ${after ? sql`and (users.name, users.id) > (${after[0] ?? ''}, ${after[1] ?? ''})` : sql``}
  order by users.name, users.id
  limit ${limit}
`;

/** Locks the row of a person until the transaction ends, whether there ever was one or not. */
export async function lockTesterSsh(sql: Sql, userId: string, actor: string): Promise<TesterSshRow> {
  await sql`insert into tester_ssh (user_id, updated_by) values (${userId}, ${actor}) on conflict do nothing`;
  await sql`select from tester_ssh where user_id = ${userId} for update`;
  const [row] = await listTesterSsh(sql, { userId });
  return row!; // inserted above, if it was not there
}

export const writeTesterSsh = (
  sql: Sql,
  userId: string,
  ssh: {
    readonly enabled: boolean;
    readonly publicKey: string;
    readonly fingerprint: string;
    readonly expiresAt: Date | undefined;
  },
  actor: string,
) => sql`
  update tester_ssh
  set enabled = ${ssh.enabled}, public_key = ${ssh.publicKey}, fingerprint = ${ssh.fingerprint}, expires_at = ${ssh.expiresAt ?? null},
    version = version + 1, updated_at = now(), updated_by = ${actor}, expiry_told = false
  where user_id = ${userId}
`;

/** Who else has this key. */
export const findHolder = async (sql: Sql, fingerprint: string, userId: string): Promise<string | undefined> => {
  const [row] = await sql<{ name: string }[]>`
    select users.name from tester_ssh ssh join users on users.id = ssh.user_id
    where ssh.fingerprint = ${fingerprint} and ssh.user_id <> ${userId}
  `;
  return row?.name;
};
