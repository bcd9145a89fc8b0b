import { randomBytes } from 'node:crypto';
import { mintToken, type TokenKind } from '#contract/token.ts';
import { insertCredential, type CredentialKind } from '../../credentials/index.ts';
import { inTransaction, newId, type Sql } from '../../database/index.ts';
import type { TestControlPlane } from '../../testing/index.ts';
import type { World } from '../matrix-requests.ts';
import { scopes, type KeyRole, type Scope, type TeamRole } from '../roles.ts';

type Services = TestControlPlane['services'];

/** A world with who is in it. */
export interface PeopledWorld extends World {
  readonly ownerId: string;
  /** What a sign-in service calls its team; null where people sign in here. */
  readonly ssoName: string | null;
}

/** Makes a team with an owner, a member and a thing of each kind, in two turns of the database. */
export async function newWorld({ pool }: Services, isOfService = false): Promise<PeopledWorld> {
  const world: PeopledWorld = {
    teamId: newId('team'),
    ownerId: newId('user'),
    userId: newId('user'),
    hostId: newId('host'),
    sandboxId: newId('sbx'),
    snapshotId: newId('snap'),
    templateId: newId('tmpl'),
    inviteId: mintToken('inv').id,
    keyId: newId('key'),
    identityId: newId('mid'),
    approvalId: newId('appr'),
    sessionId: mintToken('ses').id,
    ssoName: isOfService ? newId('team') : null,
    repositoryId: 'repo0123456789abcdef',
    rolloutId: 'roll0123456789abcdef',
    alertId: 'alert0123456789abcdef',
    ruleId: 'rule0123456789abcdef',
    channelId: 'chan0123456789abcdef',
    deliveryId: 'dlv0123456789abcdef',
    passkeyId: 'pky0123456789abcdef',
    gatewayTokenId: newId('gtok'),
    supportKeyId: newId('skey'),
    testerId: newId('tester'),
  };
  const { teamId, ownerId, userId, hostId, sandboxId, ssoName } = world;
  await inTransaction(pool, (sql) =>
    Promise.all([
      insertUsers(sql, [ownerId, userId]),
      sql`insert into teams (id, slug, name, sso_name, own_hosts) values (${teamId}, ${newSlug()}, ${teamId}, ${ssoName}, true)`,
      sql`insert into team_members (team_id, user_id, role) values (${teamId}, ${ownerId}, 'owner'), (${teamId}, ${userId}, 'member')`,
      sql`insert into hosts (id, name, status, team_id) values (${hostId}, ${hostId}, 'unreachable', ${teamId})`,
      sql`
      insert into sandboxes (id, team_id, created_by, host_id, template, cpu_millis, memory_mib, disk_mib, pids, observed)
      values (${sandboxId}, ${teamId}, ${ownerId}, ${hostId}, 'base', 100, 64, 64, 64, 'missing')`,
      sql`
      insert into snapshots (id, team_id, sandbox_id, template, created_by, host_id, state)
      values (${world.snapshotId}, ${teamId}, ${sandboxId}, 'base', ${ownerId}, ${hostId}, 'ready')`,
      sql`
      insert into templates (id, team_id, name, version, source, created_by, state)
      values (${world.templateId}, ${teamId}, 'mine', 1, 'x', ${ownerId}, 'ready')`,
      sql`
      insert into invites (id, token_hash, team_id, email, email_key, role, invited_by, expires_at)
      values (${world.inviteId}, '', ${teamId}, 'x@example.org', 'x@example.org', 'member', ${ownerId}, now() + interval '1 day')`,
      sql`
      insert into approvals (id, team_id, operation, identity_name, request, requested_by, expires_at)
      values (${world.approvalId}, ${teamId}, 'create', 'x', '{}', ${userId}, now() + interval '1 day')`,
      sql`
      insert into gateway_tokens (id, name, team_id, user_id, created_by)
      values (${world.gatewayTokenId}, 'x', ${teamId}, ${userId}, 'system')`,
      sql`insert into gateway_secrets (id, secret_hash, token_id) values (${mintToken('gwy').id}, '', ${world.gatewayTokenId})`,
      // Without steps, so that nothing is done for it.
      sql`
      insert into testers (id, name, email, email_key, template, added_by)
      values (${world.testerId}, 'x', '', ${world.testerId}, 'base', 'system')`,
      sql`
      insert into support_keys (id, name, public_key, fingerprint, created_by)
      values (${world.supportKeyId}, 'x', '', ${world.supportKeyId}, 'system')`,
      insertSession(sql, world.sessionId, userId),
      insertKey(sql, { id: world.keyId, kind: 'team_key', teamId, makerId: ownerId }),
      insertKey(sql, { id: world.identityId, kind: 'machine_identity', teamId, makerId: ownerId }),
    ]),
  );
  await Promise.all([newToken(pool, 'team_key', world.keyId), newToken(pool, 'machine_identity', world.identityId)]);
  return world;
}

/** What belongs to no team: a host of the installation, and a key of it. */
export async function thingsOfNoTeam({ pool }: Services): Promise<Pick<World, 'hostId' | 'keyId'>> {
  const [hostId, keyId, makerId] = [newId('host'), newId('key'), await newUser(pool, { platformAdmin: true })];
  await pool`insert into hosts (id, name, status) values (${hostId}, ${hostId}, 'unreachable')`;
  await insertKey(pool, { id: keyId, kind: 'org_key', teamId: null, makerId, role: 'read_only' });
  await newToken(pool, 'org_key', keyId);
  return { hostId, keyId };
}

const newSlug = (): string => randomBytes(6).toString('hex').replace(/^.{6}/, '$&-');

/** Of a password that nobody gives here; made once, because making one takes long. */
const passwordHash =
  '$argon2id$v=19$m=19456,t=2,p=1$H3Ncxxe+CQAqKhSR560tnA$/BxP0idhcdjCODbmLuRhglRLNwMtovNbGGcZB2IscdU';

const insertUsers = (sql: Sql, ids: readonly string[], platformAdmin = false) => sql`
  insert into users (id, name, email, email_key, password_hash, platform_admin)
  select id, id, id || '@example.org', id || '@example.org', ${passwordHash}, ${platformAdmin}
  from unnest(${ids as string[]}::text[]) as made(id)`;

/** A user of no team, or of these. */
export async function newUser(
  sql: Sql,
  { platformAdmin = false, teams = {} }: { platformAdmin?: boolean; teams?: Readonly<Record<string, TeamRole>> } = {},
): Promise<string> {
  const id = newId('user');
  await insertUsers(sql, [id], platformAdmin);
  for (const [teamId, role] of Object.entries(teams))
    await sql`insert into team_members (team_id, user_id, role) values (${teamId}, ${id}, ${role})`;
  return id;
}

/** A team that has nothing to do with anything else, and its owner. */
export async function newTeam(sql: Sql): Promise<{ teamId: string; ownerId: string }> {
  const teamId = newId('team');
  await sql`insert into teams (id, slug, name) values (${teamId}, ${newSlug()}, ${teamId})`;
  return { teamId, ownerId: await newUser(sql, { teams: { [teamId]: 'owner' } }) };
}

type SignIn = 'password' | 'oidc';

const insertSession = (sql: Sql, id: string, userId: string, signIn: SignIn = 'password') => sql`
  insert into sessions (id, token_hash, user_id, user_agent, address, sign_in, confirmed_at, expires_at)
  values (${id}, '', ${userId}, 'matrix', '', ${signIn}, now(), now() + interval '1 day')`;

/** A session of a user, with its cookie's value. */
export async function newSession(
  sql: Sql,
  userId: string,
  signIn: SignIn = 'password',
): Promise<{ id: string; cookie: string }> {
  const token = mintToken('ses');
  await insertSession(sql, token.id, userId, signIn);
  await sql`update sessions set token_hash = ${token.hash} where id = ${token.id}`;
  return { id: token.id, cookie: token.secret.reveal() };
}

/** A key or machine identity to be made. */
export interface NewKey {
  readonly id?: string;
  readonly kind: CredentialKind;
  readonly teamId: string | null;
  /** Nobody made the one from the environment. */
  readonly makerId: string | null;
  readonly role?: KeyRole;
  readonly scopes?: readonly Scope[] | undefined;
  readonly boundTeamId?: string | undefined;
  readonly boundHostId?: string | undefined;
}

const insertKey = (sql: Sql, key: NewKey & { readonly id: string }) =>
  key.kind === 'machine_identity'
    ? sql`
      insert into machine_identities (id, name, team_id, environment, role, scopes, maker_id, bound_host_id)
      values (${key.id}, ${key.id}, ${key.teamId}, 'development', ${key.role ?? 'operator'},
        ${(key.scopes ?? scopes) as Scope[]}::text[], ${key.makerId}, ${key.boundHostId ?? null})`
    : sql`
      insert into api_keys (id, name, team_id, role, maker_id, created_by, bound_team_id, bound_host_id)
      values (${key.id}, ${key.id}, ${key.teamId}, ${key.role ?? 'operator'}, ${key.makerId}, ${key.makerId === null ? 'bootstrap' : `user:${key.makerId}`},
        ${key.boundTeamId ?? null}, ${key.boundHostId ?? null})`;

const tokenKinds = { org_key: 'org', team_key: 'team', machine_identity: 'mid' } as const satisfies Record<
  CredentialKind,
  TokenKind
>;

async function newToken(sql: Sql, kind: CredentialKind, ownerId: string): Promise<string> {
  const token = mintToken(tokenKinds[kind]);
  await insertCredential(sql, { id: token.id, tokenHash: token.hash, kind, ownerId });
  return token.secret.reveal();
}

/** Makes one; answers its secret. */
export async function newKey(sql: Sql, key: NewKey): Promise<string> {
  const id = newId(key.kind === 'machine_identity' ? 'mid' : 'key');
  await insertKey(sql, { ...key, id });
  return newToken(sql, key.kind, id);
}
