import type { Sql } from '../database/index.ts';
import type { TeamRole } from '../access/index.ts';
import type { InviteRow } from './invite.ts';

const columns = (sql: Sql) => sql`
  invite.id, invite.team_id as "teamId", team.name as "teamName", invite.email, invite.email_key as "emailKey", invite.role,
  invite.invited_by as "invitedBy", inviter.name as "invitedByName", invite.created_at as "createdAt",
  invite.expires_at as "expiresAt", invite.mailed_at is not null as mailed
`;

/** What still counts: not accepted, not revoked, not over, into a team that stands. */
const isOpen = (sql: Sql) => sql`
  invite.accepted_at is null and invite.revoked_at is null and invite.expires_at > now() and team.deleted_at is null
`;

export interface NewInvite {
  readonly id: string;
  readonly tokenHash: Buffer;
  readonly teamId: string;
  readonly email: string;
  readonly emailKey: string;
  readonly role: TeamRole;
  readonly invitedBy: string;
}

/** Ends the open invite of this address into this team, if there is one. Answers its id. */
export const revokeOpenInvite = (sql: Sql, teamId: string, emailKey: string) => sql<{ id: string }[]>`
  update invites set revoked_at = now()
  where team_id = ${teamId} and email_key = ${emailKey} and accepted_at is null and revoked_at is null
  returning id
`;

export const insertInvite = (sql: Sql, invite: NewInvite) => sql`
  insert into invites (id, token_hash, team_id, email, email_key, role, invited_by, expires_at)
  values (${invite.id}, ${invite.tokenHash}, ${invite.teamId}, ${invite.email}, ${invite.emailKey}, ${invite.role}, ${invite.invitedBy},
    now() + interval '7 days')
`;

export const markMailed = (sql: Sql, id: string) => sql`update invites set mailed_at = now() where id = ${id}`;

/** An open invite with the hash of its token. */
export const findOpenInvite = async (
  sql: Sql,
  id: string,
): Promise<(InviteRow & { tokenHash: Buffer }) | undefined> => {
  const [row] = await sql<(InviteRow & { tokenHash: Buffer })[]>`
    select ${columns(sql)}, invite.token_hash as "tokenHash"
    from invites invite join teams team on team.id = invite.team_id join users inviter on inviter.id = invite.invited_by
    where invite.id = ${id} and ${isOpen(sql)}
  `;
  return row;
};

/** A team's open invites, newest first, from the one after `after` on. */
export const listOpenInvites = (sql: Sql, teamId: string, after: string | undefined, limit: number) => sql<InviteRow[]>`
  select ${columns(sql)}
  from invites invite join teams team on team.id = invite.team_id join users inviter on inviter.id = invite.invited_by
  where invite.team_id = ${teamId} and ${isOpen(sql)}
    and (${after ?? null}::text is null or (invite.created_at, invite.id) < (select created_at, id from invites where id = ${after ?? null}))
  order by invite.created_at desc, invite.id desc
  limit ${limit}
`;

/** The team and address of an invite, whatever became of it. */
export const findInviteTeam = async (sql: Sql, id: string): Promise<{ teamId: string; email: string } | undefined> => {
  const [row] = await sql<
    { teamId: string; email: string }[]
  >`select team_id as "teamId", email from invites where id = ${id}`;
  return row;
};

export const revokeInvite = (sql: Sql, id: string) => sql<{ id: string }[]>`
  update invites set revoked_at = now() where id = ${id} and accepted_at is null and revoked_at is null returning id
`;

/** Uses an open invite up, in one statement: of two at once, one does. */
export const acceptInvite = (sql: Sql, id: string, userId: string) => sql<{ id: string }[]>`
  update invites invite set accepted_at = now(), accepted_by = ${userId}
  from teams team
  where invite.id = ${id} and team.id = invite.team_id and ${isOpen(sql)}
  returning invite.id
`;
