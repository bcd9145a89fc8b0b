import type { Membership, SecondFactorDemand } from '../access/index.ts';
import { among, type Sql } from '../database/index.ts';
import { demandOf } from '../second-factor/index.ts';

/** Sessions end when they were not used for this long. */
const sessionLife = '30 days';
/** Those of an OpenID provider end after this in any case: it is asked anew who somebody is. */
const oidcSessionLife = '12 hours';

/** Everything about a caller that a request decides by, as it is at this moment. */
export interface LiveSession {
  readonly id: string;
  readonly tokenHash: Buffer;
  readonly userId: string;
  readonly name: string;
  readonly email: string;
  readonly platformAdmin: boolean;
  /** Who vouches for the user, and as whom. Null for who has a password here. */
  readonly sso: { readonly source: string; readonly id: string } | null;
  /** How they signed in. */
  readonly signIn: 'password' | 'oidc';
  readonly activeTeamId: string | null;
  readonly memberships: readonly Membership[];
  /** Who requires a second factor that the user lacks. Undefined where nothing is missing. */
  readonly secondFactorDemand: SecondFactorDemand | undefined;
  /** Whether its last use should be written again. */
  readonly stale: boolean;
}

/** One row for each of the user's teams, or one without a team: cheaper than to have the database gather them as JSON. */
type LiveSessionRow = Omit<LiveSession, 'sso' | 'memberships' | 'secondFactorDemand'> & {
  readonly ssoSource: string | null;
  readonly ssoId: string | null;
  readonly installationRequires: boolean;
  readonly hasPasskey: boolean;
} & ((Membership & { readonly teamRequires: boolean }) | { readonly teamId: null });

/**
 * Sessions with their users and their teams, in one statement by primary keys: every call asks it. Nothing for one that is
 * over or whose user was switched off.
 */
export const findLiveSessions = async (sql: Sql, ids: readonly string[]): Promise<Map<string, LiveSession>> => {
  const rows = await sql<LiveSessionRow[]>`
    select session.id, session.token_hash as "tokenHash", session.user_id as "userId", users.name, users.email,
      users.platform_admin as "platformAdmin", session.active_team_id as "activeTeamId", session.sign_in as "signIn",
      users.sso_source as "ssoSource", users.sso_id as "ssoId",
      session.last_used_at < now() - interval '1 minute' as stale,
      team.id as "teamId", team.name as "teamName", team.slug as "teamSlug", team.sso_name as "ssoName", member.role,
      team.require_second_factor as "teamRequires", installation.require_second_factor as "installationRequires",
      exists (select from passkeys where passkeys.user_id = session.user_id) as "hasPasskey"
    from installation, sessions session join users on users.id = session.user_id
      left join (team_members member join teams team on team.id = member.team_id and team.deleted_at is null)
        on member.user_id = session.user_id
    where session.id ${among(sql, ids)} and session.revoked_at is null and session.expires_at > now() and users.active
    order by member.joined_at, team.id
  `;
  const [only] = rows;
  if (ids.length === 1) return new Map(only && [[only.id, liveSession(only, rows)]]);
  const rowsOf = Map.groupBy(rows, ({ id }) => id);
  return new Map([...rowsOf].map(([id, [first, ...more]]) => [id, liveSession(first!, [first!, ...more])]));
};

function liveSession(first: LiveSessionRow, rows: readonly LiveSessionRow[]): LiveSession {
  const { id, tokenHash, userId, name, email, platformAdmin, activeTeamId, signIn, stale } = first;
  const { ssoSource, ssoId, installationRequires, hasPasskey } = first;
  const teams = rows.filter((row) => row.teamId !== null);
  const requiring = teams.filter(({ teamRequires }) => teamRequires).map(({ teamName }) => teamName);
  return {
    id,
    tokenHash,
    userId,
    name,
    email,
    platformAdmin,
    activeTeamId,
    signIn,
    stale,
    sso: ssoSource !== null && ssoId !== null ? { source: ssoSource, id: ssoId } : null,
    memberships: teams.map(({ teamId, teamName, teamSlug, ssoName, role }) => ({
      teamId,
      teamName,
      teamSlug,
      ssoName,
      role,
    })),
    secondFactorDemand: hasPasskey ? undefined : demandOf(installationRequires, requiring),
  };
}

/** Writes the use of a session, once a minute at most, and lets it live on; not one that a provider has to confirm anew. */
export const touchSession = (sql: Sql, id: string) => sql`
  update sessions set last_used_at = now(),
    expires_at = case sign_in when 'password' then now() + ${sessionLife}::interval else expires_at end
  where id = ${id} and last_used_at < now() - interval '1 minute' and revoked_at is null
`;

export interface NewSession {
  readonly id: string;
  readonly tokenHash: Buffer;
  readonly userId: string;
  readonly userAgent: string;
  readonly address: string;
  readonly teamId?: string | undefined;
  readonly signIn: 'password' | 'oidc';
  /** Whether the user has just shown who they are. */
  readonly confirmed: boolean;
}

/** The named team, or the user's oldest one, becomes the session's team. */
export const insertSession = (sql: Sql, session: NewSession) => sql`
  insert into sessions (id, token_hash, user_id, user_agent, address, sign_in, confirmed_at, expires_at, active_team_id)
  values (${session.id}, ${session.tokenHash}, ${session.userId}, ${session.userAgent}, ${session.address}, ${session.signIn}, case when ${session.confirmed} then now() end,
    now() + ${session.signIn === 'oidc' ? oidcSessionLife : sessionLife}::interval, (
    select team.id from team_members member join teams team on team.id = member.team_id
    where member.user_id = ${session.userId} and team.deleted_at is null
    order by team.id = ${session.teamId ?? ''} desc, member.joined_at, team.id limit 1
  ))
`;

export interface SessionRow {
  readonly id: string;
  readonly createdAt: Date;
  readonly lastUsedAt: Date;
  readonly expiresAt: Date;
  readonly userAgent: string;
  readonly address: string;
}

/** A user's live sessions, newest first, from the one after `after` on. */
export const listSessions = (sql: Sql, userId: string, after: string | undefined, limit: number) => sql<SessionRow[]>`
  select id, created_at as "createdAt", last_used_at as "lastUsedAt", expires_at as "expiresAt", user_agent as "userAgent", address
  from sessions
  where user_id = ${userId} and revoked_at is null and expires_at > now()
    and (${after ?? null}::text is null or (created_at, id) < (select created_at, id from sessions where id = ${after ?? null} and user_id = ${userId}))
  order by created_at desc, id desc
  limit ${limit}
`;

/** Ends a session of this user. `ended` is false where it was over before. Nothing where the user has no such session. */
export const revokeSession = async (sql: Sql, userId: string, id: string): Promise<{ ended: boolean } | undefined> => {
  const [row] = await sql<{ ended: boolean }[]>`
    with found as (select id, revoked_at from sessions where id = ${id} and user_id = ${userId} for update),
    ended as (update sessions set revoked_at = now() from found where sessions.id = found.id and found.revoked_at is null returning sessions.id)
    select exists (select from ended) as ended from found
  `;
  return row;
};

/** Ends all sessions of a user but one. */
export const revokeOtherSessions = (sql: Sql, userId: string, keptId: string) => sql<{ id: string }[]>`
  update sessions set revoked_at = now()
  where user_id = ${userId} and id <> ${keptId} and revoked_at is null
  returning id
`;

/** Only a team that stands and that the user belongs to. Answers nothing otherwise. */
export const setActiveTeam = (
  sql: Sql,
  { sessionId, userId, teamId }: { sessionId: string; userId: string; teamId: string },
) => sql<{ id: string }[]>`
  update sessions set active_team_id = team.id
  from team_members member join teams team on team.id = member.team_id
  where sessions.id = ${sessionId} and sessions.user_id = ${userId}
    and member.user_id = sessions.user_id and team.id = ${teamId} and team.deleted_at is null
  returning sessions.id
`;

/** How long a user who showed who they are need not do it again in the same session. */
const confirmedLife = '5 minutes';

/** Notes that the user has just shown who they are. Nothing for a session that is over. */
export const setConfirmed = async (sql: Sql, id: string): Promise<{ until: Date } | undefined> => {
  const [row] = await sql<{ until: Date }[]>`
    update sessions set confirmed_at = now() where id = ${id} and revoked_at is null
    returning confirmed_at + ${confirmedLife}::interval as until
  `;
  return row;
};

/** Whether the user showed lately in this session who they are. */
export const isConfirmed = async (sql: Sql, id: string): Promise<boolean> =>
  (
    await sql`
      select from sessions where id = ${id} and revoked_at is null and confirmed_at > now() - ${confirmedLife}::interval
    `
  ).length > 0;
