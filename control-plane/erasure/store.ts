// The one place that knows where people leave traces. A test dumps the whole database and looks for more of them.
import type { TeamRole } from '../access/index.ts';
import type { Sql } from '../database/index.ts';
import { announce } from '../events/index.ts';

export interface PersonRow {
  readonly id: string;
  readonly name: string;
  readonly email: string;
  readonly emailKey: string | null;
  /** By what a sign-in service tells them apart. */
  readonly ssoId: string | null;
  readonly erased: boolean;
}

/** Locks an account against everything that would add to it. */
export const lockPerson = async (sql: Sql, id: string): Promise<PersonRow | undefined> => {
  const [row] = await sql<PersonRow[]>`
    select id, name, email, email_key as "emailKey", sso_id as "ssoId", erased_at is not null as erased
    from users where id = ${id} for update
  `;
  return row;
};

export interface OwnTeam {
  readonly id: string;
  readonly name: string;
  readonly role: TeamRole;
  /** Not null where a sign-in service names the team. */
  readonly ssoName: string | null;
  readonly others: number;
  /** Those who may sign in. */
  readonly otherOwners: number;
}

/** The standing teams that somebody is in, locked in the order of their ids. */
export const lockTeamsOf = async (sql: Sql, userId: string): Promise<readonly OwnTeam[]> => {
  await sql`
    select from teams where deleted_at is null and id in (select team_id from team_members where user_id = ${userId})
    order by id for update
  `;
  return sql<OwnTeam[]>`
    select team.id, team.name, team.sso_name as "ssoName", own.role,
      count(member.user_id)::int as others,
      (count(member.user_id) filter (where member.role = 'owner' and users.active))::int as "otherOwners"
    from team_members own join teams team on team.id = own.team_id
      left join team_members member on member.team_id = own.team_id and member.user_id <> own.user_id
      left join users on users.id = member.user_id
    where own.user_id = ${userId} and team.deleted_at is null
    group by team.id, own.role
    order by team.id
  `;
};

/** Renames the deleted teams that were somebody's alone; answers which. */
export const forgetTeams = async (sql: Sql, userId: string): Promise<string[]> => {
  const rows = await sql<{ id: string }[]>`
    update teams set name = 'Erased team'
    where deleted_at is not null and sso_name is null and id in (select team_id from team_members where user_id = ${userId})
      and not exists (select from team_members other where other.team_id = teams.id and other.user_id <> ${userId})
    returning id
  `;
  return rows.map(({ id }) => id);
};

/** What an account leaves beside its own row. Answers its sessions, which end. */
export async function forgetTraces(sql: Sql, { id, emailKey }: PersonRow): Promise<string[]> {
  const sessions = await sql<{ id: string }[]>`
    update sessions set address = '', user_agent = '', revoked_at = coalesce(revoked_at, now()) where user_id = ${id} returning id
  `;
  await sql`update device_logins set device_name = '' where user_id = ${id}`;
  await sql`update one_time_tokens set revoked_at = now() where user_id = ${id} and used_at is null and revoked_at is null`;
  await sql`delete from passkeys where user_id = ${id}`;
  await sql`delete from tester_ssh where user_id = ${id}`;
  await sql`delete from host_access_people where user_id = ${id}`;
  await sql`delete from recovery_codes where user_id = ${id}`;
  await sql`delete from cockpit_visits where user_id = ${id}`;
  await sql`delete from passkey_challenges where user_id = ${id}`;
  await sql`delete from ownership_offers where user_id = ${id} or offered_by = ${id}`;
  await sql`
    update credentials set last_used_address = '', last_used_agent = ''
    where key_id in (select id from api_keys where maker_id = ${id})
      or identity_id in (select id from machine_identities where maker_id = ${id})
  `;
  await sql`
    update sandboxes set metadata = metadata || jsonb_build_object('access.owner', created_by)
    where created_by = ${id} and metadata->>'access.owner' is not null
  `;
  await sql`
    update invites set email = '', email_key = 'erased:' || id,
      revoked_at = case when accepted_at is null then coalesce(revoked_at, now()) else revoked_at end
    where accepted_by = ${id} or email_key = ${emailKey}
  `;
  await sql`delete from reset_requests where email_key = ${emailKey}`;
  await sql`update mail_outbox set sealed = null, recipient = '' where lower(recipient) = ${emailKey}`;
  await endAsTester(sql, id, emailKey);
  return sessions.map((session) => session.id);
}

/** What was done for them as a tester is undone by its reconciler, which needs no name for it. */
async function endAsTester(sql: Sql, id: string, emailKey: string | null): Promise<void> {
  await sql`
    with ended as (
      update testers set wanted = 'absent'
      where (user_id = ${id} or email_key = ${emailKey}) and wanted = 'present'
      returning id
    )
    update tester_steps
    set state = 'waiting', sentence = '', attempts = attempts + 1, failures = 0, next_attempt_at = now(), started_at = null, ended_at = null
    from ended where tester_id = ended.id
  `;
  const rows = await sql<{ id: string }[]>`
    update testers set name = 'Erased user', email = '', email_key = 'erased:' || id, revision = revision + 1
    where user_id = ${id} or email_key = ${emailKey}
    returning id
  `;
  await announce(
    sql,
    'tester',
    rows.map((row) => row.id),
  );
}

/** Leaves nothing of an account but its id and its times. Nobody can be its user again: no sign-in service has this name. */
export const forgetAccount = (sql: Sql, id: string) => sql`
  update users set name = 'Erased user', email = '', email_key = null, password_hash = null, platform_admin = false,
    active = false, sso_source = 'erased', sso_id = id, erased_at = coalesce(erased_at, now())
  where id = ${id}
`;
