import { newId } from '../../database/index.ts';
import type { TestControlPlane } from '../../testing/index.ts';
import { signLink } from '../../endpoints/links.ts';
import { grantOf, type Action } from '../actions.ts';
import { keyRoles, reaches, scopes, type KeyRole, type Scope, type TeamRole } from '../roles.ts';
import { offIn, type SignInMode } from '../sign-in-modes.ts';
import { newKey, newSession, newTeam, newUser, type NewKey, type PeopledWorld } from './matrix-world.ts';
import type { TokenIssuer } from './token-issuer.ts';

/** How a call has to end: `hidden` either by being told so or by its not being there, `step` for what waits for something that the caller has to do first, or is not of this mode. */
export type Verdict = 'allowed' | 'unauthenticated' | 'denied' | 'invisible' | 'hidden' | 'step' | 'allowed or not';
type Headers = Readonly<Record<string, string>>;

/** What callers are made with. */
interface Place {
  readonly services: TestControlPlane['services'];
  readonly cookieName: string;
  /** Of sessions where people sign in at an OpenID provider. */
  readonly providerCookieName: string;
  readonly issuer: TokenIssuer;
}

type WithPool = { readonly services: Pick<Place['services'], 'pool'> };

/** Somebody as whom every method is called. */
export interface MatrixCaller {
  readonly name: string;
  /** How people sign in where they call; keys call wherever it is their turn. */
  readonly mode: SignInMode | 'any';
  /** Whether the world's team requires a second factor, which nobody in it has. */
  readonly confined?: true;
  present(place: Place, world: PeopledWorld): Promise<Headers>;
  /** By the table alone, on the things of the world. */
  verdict(action: Action): Verdict;
  /** On what belongs to no team. */
  ofNoTeam(action: Action): Verdict;
}

/** Where a person stands: their role in the world's team, in another team only, in none, or platform admin. */
type Standing = TeamRole | 'other team' | 'no team' | 'platform admin';

function verdictOfPerson(standing: Standing, action: Action): Verdict {
  const grant = grantOf(action);
  if (grant.user) return 'allowed';
  switch (standing) {
    case 'other team':
    case 'no team':
      return grant.team ? 'invisible' : 'denied';
    case 'platform admin':
      // The world's things are a team's.
      return grant.platformAdmin === true ? 'allowed' : 'denied';
    default:
      return grant.team?.includes(standing) ? 'allowed' : 'denied';
  }
}

async function userOf({ services: { pool } }: WithPool, { teamId, ownerId, userId }: PeopledWorld, standing: Standing) {
  switch (standing) {
    case 'owner':
      return ownerId;
    case 'member':
      return userId;
    case 'other team':
      return (await newTeam(pool)).ownerId;
    case 'no team':
      return newUser(pool);
    case 'platform admin':
      return newUser(pool, { platformAdmin: true });
    default:
      return newUser(pool, { teams: { [teamId]: standing } });
  }
}

const bySession = (standing: Standing): MatrixCaller => ({
  name: `session, ${standing}`,
  mode: 'password',
  async present(place, world) {
    const { cookie } = await newSession(place.services.pool, await userOf(place, world, standing));
    return { cookie: `${place.cookieName}=${cookie}` };
  },
  verdict: (action) => verdictOfPerson(standing, action),
  ofNoTeam: (action) => verdictOfNoTeam(standing, action),
});

/** A session that began at an OpenID provider: the account is the provider's, what it may do is as it said then. */
const byProviderSession = (standing: Standing): MatrixCaller => ({
  name: `session of a provider, ${standing}`,
  mode: 'oidc',
  async present({ services: { pool }, providerCookieName }, world) {
    const userId = await userOf({ services: { pool } }, world, standing);
    await pool`update users set sso_source = 'oidc', sso_id = id, password_hash = null where id = ${userId}`;
    const { cookie } = await newSession(pool, userId, 'oidc');
    return { cookie: `${providerCookieName}=${cookie}` };
  },
  verdict: (action) => verdictOfMode('oidc', verdictOfPerson(standing, action), action),
  ofNoTeam: (action) => verdictOfNoTeam(standing, action),
});

const byToken = (standing: Standing): MatrixCaller => ({
  name: `user token, ${standing}`,
  mode: 'password',
  async present(place, world) {
    const userId = await userOf(place, world, standing);
    const { id } = await newSession(place.services.pool, userId);
    return tokenOf(place, 'muster-user', userId, { sid: id });
  },
  verdict: (action) => verdictOfPerson(standing, action),
  ofNoTeam: (action) => verdictOfNoTeam(standing, action),
});

const confined: MatrixCaller = {
  ...bySession('owner'),
  name: 'session, owner without the second factor that is required',
  confined: true,
  verdict: (action) => (grantOf(action).confined ? 'allowed' : 'step'),
  ofNoTeam: () => 'step',
};

/** On what belongs to no team, who has a role in some is like anybody else. */
const verdictOfNoTeam = (standing: Standing, action: Action): Verdict => {
  const { user, platformAdmin } = grantOf(action);
  return user || (standing === 'platform admin' && platformAdmin !== undefined) ? 'allowed' : 'hidden';
};

/** Whom the word of a sign-in service stands for. */
const roleWords = { owner: 'owner', admin: 'admin', member: 'operator', read_only: 'read_only' } as const;
interface Word {
  readonly user: string;
  readonly team: string;
  readonly role: string;
}

const wordOf = (standing: Standing, { teamId, ssoName }: PeopledWorld): Word =>
  standing === 'other team' || standing === 'no team' || standing === 'platform admin'
    ? { user: standing === 'platform admin' ? 'root' : `stranger to ${teamId}`, team: 'elsewhere', role: 'owner' }
    : { user: `${standing} of ${teamId}`, team: ssoName ?? '', role: roleWords[standing] };

/** What is done with a session, which a token of a sign-in service has not. */
const ofSessions: ReadonlySet<Action> = new Set<Action>([
  'team.switch',
  'session.manage',
  'user_token.create',
  'device.approve',
]);

/** What a mode does not have is refused before anybody looks at the thing, after whether the caller could do it to any. */
function verdictOfWord(mode: SignInMode, standing: Standing, action: Action): Verdict {
  const verdict = verdictOfPerson(standing, action);
  if (mode === 'oidc' && ofSessions.has(action)) return 'denied';
  return verdictOfMode(mode, verdict, action);
}

function verdictOfMode(mode: SignInMode, verdict: Verdict, action: Action): Verdict {
  const isRefusedBefore = verdict === 'denied' && !grantOf(action).team;
  return offIn(mode, action) !== undefined && !isRefusedBefore ? 'step' : verdict;
}

export const proxySecret = 'a secret between the proxy and the server';

const byHeader = (standing: Standing): MatrixCaller => ({
  name: `trusted header, ${standing}`,
  mode: 'trusted_header',
  async present(_, world) {
    const { user, team, role } = wordOf(standing, world);
    return {
      'x-opensandbox-user': user,
      'x-opensandbox-team': team,
      'x-opensandbox-roles': role,
      'x-opensandbox-proxy-secret': proxySecret,
    };
  },
  verdict: (action) => verdictOfWord('trusted_header', standing, action),
  ofNoTeam: (action) => verdictOfNoTeam(standing, action),
});

export const audience = 'muster-programs';

const byBearer = (standing: Standing): MatrixCaller => ({
  name: `OIDC bearer, ${standing}`,
  mode: 'oidc',
  async present({ issuer }, world) {
    const { user, team, role } = wordOf(standing, world);
    return { authorization: `Bearer ${await issuer.sign(audience, user, { team, roles: [role] })}` };
  },
  verdict: (action) => verdictOfWord('oidc', standing, action),
  ofNoTeam: (action) => verdictOfNoTeam(standing, action),
});

const tokenOf = async (
  { services }: Place,
  kind: 'muster-user' | 'muster-host',
  subject: string,
  claims: Readonly<Record<string, string | number>>,
): Promise<Headers> => {
  const { token } = await services.installation.tokens.sign({ audience: kind, subject, lifetimeMs: 600_000, claims });
  return { authorization: `Bearer ${token.reveal()}` };
};

const anonymous = (mode: SignInMode): MatrixCaller => ({
  name: `nobody, ${mode}`,
  mode,
  present: async () => ({}),
  verdict: (action) =>
    grantOf(action).anonymous ? (offIn(mode, action) === undefined ? 'allowed' : 'step') : 'unauthenticated',
  ofNoTeam: () => 'unauthenticated',
});

const host: MatrixCaller = {
  name: 'host',
  mode: 'any',
  present: (place, { hostId }) => tokenOf(place, 'muster-host', `host:${hostId}`, { epoch: 1, gen: 1 }),
  verdict: (action) => (grantOf(action).host ? 'allowed' : 'denied'),
  ofNoTeam: () => 'denied',
};

/** What a host may call is about itself: no request of these names one. */
const anotherHost: MatrixCaller = {
  ...host,
  name: 'another host',
  async present(place) {
    const hostId = newId('host');
    await place.services.pool`insert into hosts (id, name, status) values (${hostId}, ${hostId}, 'unreachable')`;
    return tokenOf(place, 'muster-host', `host:${hostId}`, { epoch: 1, gen: 1 });
  },
};

/** A link to a port of the world's sandbox is no credential of the API, wherever it is put. */
const signedLink: MatrixCaller = {
  name: 'signed link',
  mode: 'any',
  async present({ services }, { sandboxId }) {
    const link = signLink(services, { sandboxId, port: 80 }, new Date(services.clock.now() + 3_600_000));
    return { authorization: `Bearer ${link}` };
  },
  verdict: () => 'unauthenticated',
  ofNoTeam: () => 'unauthenticated',
};

/** A key and where it belongs. */
interface KeyKind {
  readonly name: string;
  readonly kind: NewKey['kind'];
  readonly role: KeyRole;
  /** Of another team. */
  readonly elsewhere?: true;
  readonly scopes?: readonly Scope[];
  /** To another team, to the world's, to a host on which nothing of the world is, or to the one on which everything is. */
  readonly bound?: 'team' | 'own team' | 'host' | 'own host';
  /** From the environment. */
  readonly bootstrap?: true;
}

/** What is done on a host, or on what stands on one. Everything else is no matter of a key that is bound to one. */
const onHost: ReadonlySet<Action> = new Set<Action>([
  'host.update',
  'host.cordon',
  'host.delete',
  'host.join_token.create',
  'host.drain',
  'host.unlock',
  'sandbox.create',
  'sandbox.change',
  'sandbox.endpoint',
  'sandbox.fork',
  'snapshot.create',
  'snapshot.delete',
  'sandbox.logs',
  'sandbox.run',
  'directory.read',
  'file.read',
  'file.write',
]);

/** What is done on a team by who is no member of any. */
const ofOneTeam: ReadonlySet<Action> = new Set<Action>(['team.set_own_hosts', 'team.set_quota']);

const byKey = (key: KeyKind): MatrixCaller => ({
  name: key.name,
  mode: 'any',
  async present({ services: { pool } }, { teamId, ownerId, hostId }): Promise<Headers> {
    const { kind, role, elsewhere, bound } = key;
    const isOrgKey = kind === 'org_key';
    const other = elsewhere || bound ? await newTeam(pool) : undefined;
    // Whoever made it may do everything there.
    const makerId = isOrgKey ? await newUser(pool, { platformAdmin: true }) : elsewhere ? other!.ownerId : ownerId;
    const boundHostId = bound === 'own host' ? hostId : `host${makerId.slice(4)}`;
    if (bound === 'host')
      await pool`insert into hosts (id, name, status) values (${boundHostId}, ${boundHostId}, 'unreachable')`;
    const secret = await newKey(pool, {
      kind,
      role,
      scopes: key.scopes,
      makerId: key.bootstrap ? null : makerId,
      teamId: isOrgKey ? null : elsewhere ? other!.teamId : teamId,
      boundTeamId: bound === 'team' ? other!.teamId : bound === 'own team' ? teamId : undefined,
      boundHostId: bound === 'host' || bound === 'own host' ? boundHostId : undefined,
    });
    return kind === 'team_key' ? { 'x-api-key': secret } : { authorization: `Bearer ${secret}` };
  },
  verdict(action) {
    const grant = grantOf(action);
    const least = key.kind === 'org_key' ? grant.orgKey : grant.teamKey;
    if (least === undefined || !reaches(key.role, least)) return 'denied';
    if (key.kind === 'org_key' && grant.platformAdmin === 'installation') return 'denied';
    if (grant.scope && key.scopes && !key.scopes.includes(grant.scope)) return 'denied';
    // What they are not bound to is left out of what is answered, or is not there.
    // Sandboxes that they make are placed there.
    if (key.bound === 'host' && action === 'sandbox.create') return 'allowed';
    if (key.bound === 'own host' && (onHost.has(action) || grant.boundToHost)) return 'allowed';
    if (key.bound === 'own team' && (grant.team || ofOneTeam.has(action))) return 'allowed';
    if (key.bound) return grant.boundToHost ? 'allowed or not' : 'hidden';
    return grant.team && key.elsewhere ? 'invisible' : 'allowed';
  },
  ofNoTeam(action) {
    const { orgKey } = grantOf(action);
    if (key.kind !== 'org_key' || orgKey === undefined || !reaches(key.role, orgKey)) return 'hidden';
    return key.bound ? 'hidden' : 'allowed';
  },
});

const standings: readonly Standing[] = [
  'owner',
  'admin',
  'member',
  'read_only',
  'other team',
  'no team',
  'platform admin',
];

/** Every kind of caller, in its own team, in another one and in none. */
export const matrixCallers: readonly MatrixCaller[] = [
  anonymous('password'),
  anonymous('trusted_header'),
  anonymous('oidc'),
  anonymous('keys_only'),
  host,
  anotherHost,
  ...standings.map(byToken),
  ...standings.map(bySession),
  confined,
  signedLink,
  ...(['owner', 'member', 'read_only', 'other team', 'platform admin'] as const).map(byProviderSession),
  ...(['owner', 'admin', 'member', 'read_only', 'other team', 'platform admin'] as const).map(byHeader),
  ...(['owner', 'admin', 'member', 'read_only', 'other team', 'platform admin'] as const).map(byBearer),
  ...(
    [
      ...keyRoles.map((role) => ({ name: `org key, ${role}`, kind: 'org_key', role }) as const),
      { name: 'org key bound to another team', kind: 'org_key', role: 'admin', bound: 'team' },
      { name: 'org key bound to this team', kind: 'org_key', role: 'admin', bound: 'own team' },
      { name: 'org key bound to another host', kind: 'org_key', role: 'admin', bound: 'host' },
      { name: 'org key bound to this host', kind: 'org_key', role: 'admin', bound: 'own host' },
      { name: 'bootstrap key', kind: 'org_key', role: 'admin', bootstrap: true },
      { name: 'team key, operator', kind: 'team_key', role: 'operator' },
      { name: 'team key, read-only', kind: 'team_key', role: 'read_only' },
      { name: 'team key bound to another host', kind: 'team_key', role: 'operator', bound: 'host' },
      { name: 'team key bound to this host', kind: 'team_key', role: 'operator', bound: 'own host' },
      { name: 'key of another team', kind: 'team_key', role: 'operator', elsewhere: true },
      { name: 'identity', kind: 'machine_identity', role: 'operator', scopes },
      { name: 'identity, read-only', kind: 'machine_identity', role: 'read_only', scopes },
      { name: 'identity bound to another host', kind: 'machine_identity', role: 'operator', scopes, bound: 'host' },
      { name: 'identity, workspace:read', kind: 'machine_identity', role: 'operator', scopes: ['workspace:read'] },
      { name: 'identity of another team', kind: 'machine_identity', role: 'operator', scopes, elsewhere: true },
    ] satisfies readonly KeyKind[]
  ).map(byKey),
];
