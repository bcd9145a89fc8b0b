import { readdir } from 'node:fs/promises';
import { create, type DescMethod, type Message } from '@bufbuild/protobuf';
import type { DescMethodStreaming, DescMethodUnary, DescService } from '@bufbuild/protobuf';
import { MethodOptions_IdempotencyLevel } from '@bufbuild/protobuf/wkt';
import { createValidator } from '@bufbuild/protovalidate';
import { Code, ConnectError } from '@connectrpc/connect';
import { createConnectTransport } from '@connectrpc/connect-node';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { HostAgentService } from '#proto/muster/agent/v1/host_agent_pb.js';
import { mintToken } from '#contract/token.ts';
import { openSession } from '../auth/index.ts';
import { insertCredential, type CredentialKind } from '../credentials/index.ts';
import { newId } from '../database/index.ts';
import { startTestControlPlane } from '../testing/index.ts';
import { createUser, hashPassword } from '../users/index.ts';
import { grantOf, type Action } from './actions.ts';
import { refuseByThemselves, requests, type World } from './matrix-requests.ts';
import { methods } from './methods.ts';
import { offIn } from './sign-in-modes.ts';
import { keyRoles, reaches, scopes, type KeyRole, type Scope, type TeamRole } from './roles.ts';

const controlPlane = await startTestControlPlane();
const { context, services, url } = controlPlane;
const transport = createConnectTransport({ baseUrl: url, httpVersion: '2' });
const signInService = { MUSTER_PUBLIC_URL: 'https://muster.example', MUSTER_PLATFORM_ADMINS: 'nobody' };
/** The same installation, where people sign in differently, or not at all: for keys nothing changes. */
const settings: readonly Readonly<Record<string, string>>[] = [
  { MUSTER_AUTH_MODE: 'api_key_only' },
  {
    ...signInService,
    MUSTER_USER_MODE: 'trusted_header',
    MUSTER_PROXY_RANGES: '127.0.0.1',
    MUSTER_PROXY_SECRET: 'a secret that no key has to know',
  },
  {
    ...signInService,
    MUSTER_USER_MODE: 'oidc',
    MUSTER_OIDC_ISSUER: 'http://127.0.0.1:9',
    MUSTER_OIDC_CLIENT_ID: 'muster',
    MUSTER_OIDC_CLIENT_SECRET: 'x',
  },
];
const otherModes = await Promise.all(
  settings.map(async (env) => {
    const replica = await controlPlane.startReplica(env);
    return {
      mode: replica.services.config.signIn.mode,
      transport: createConnectTransport({ baseUrl: replica.url, httpVersion: '2' }),
    };
  }),
);
const validator = createValidator();
afterAll(() => controlPlane.stop());
beforeAll(
  () => services.pool`
  with repository as (
    insert into repositories (id, name, url) values ('repo0123456789abcdef', 'known', 'https://git.example/known.git')
  )
  insert into rollouts (id, repository, components, target_sha, canary_hosts, batch_size, soak_ms, max_failures, catch_up, catch_up_ms,
    verify_ms, return_on_failure, created_by, batch)
  values ('roll0123456789abcdef', 'known', '{x}', '', 0, 0, 0, 0, true, 0, 0, false, 'system', 1)`,
);

const rows = methods.flatMap(([service, actions]) =>
  service.methods.map((method) => ({ method, action: actions[method.localName], name: nameOf(method) })),
);
const callers = ['anonymous', 'host', 'owner', 'team admin', 'member', 'reader', 'stranger', 'admin'] as const;
type CallerName = (typeof callers)[number];
type Verdict = 'allowed' | 'unauthenticated' | 'denied' | 'invisible';

test('every service that the control plane serves has its rows', async () => {
  const served = (await servicesOfTheContract()).filter(({ typeName }) => typeName !== HostAgentService.typeName);
  expect(methods.map(([{ typeName }]) => typeName).sort()).toEqual(served.map(({ typeName }) => typeName).sort());
  expect(rows.filter(({ action }) => action === undefined)).toEqual([]);
});

test.each(rows)('$name: who may call it', async ({ method, action, name }) => {
  for (const caller of callers) {
    const world = await newWorld();
    const request = requestOf(method, world);
    expect(
      validator.validate(method.input, request).kind,
      `${name} needs a row in matrix-requests.ts that makes it valid`,
    ).toBe('valid');
    const code = await call(method, request, await credentialsOf(caller, world));
    expect(
      codesOf(verdictOf(caller, action!), name, grantOf(action!).team !== undefined),
      `${caller} got ${code === undefined ? 'an answer' : Code[code]}`,
    ).toContain(code);
  }
});

test.each(rows)('$name: which keys may call it, however people sign in', async ({ method, action, name }) => {
  let world = await newWorld();
  const modes = [{ mode: 'password', transport }, ...otherModes];
  const turn = rows.findIndex((row) => row.name === name);
  for (const [index, key] of keyCallers.entries()) {
    // All modes in turn: every method meets every mode, and every key does.
    const { mode, transport: to } = modes[(turn + index) % modes.length]!; // the remainder is one of them
    const code = await call(method, requestOf(method, world), await keyOf(key, world), to);
    // What was deleted is not there for the next key.
    if (code === undefined && method.idempotency !== MethodOptions_IdempotencyLevel.NO_SIDE_EFFECTS)
      world = await newWorld();
    expect(
      codesOf(verdictOfKey(key, action!), name, grantOf(action!).team !== undefined),
      `${key.name} got ${code === undefined ? 'an answer' : Code[code]} with ${mode}`,
    ).toContain(code);
  }
});

test('no way of signing in takes away what a key may do', () => {
  for (const mode of ['trusted_header', 'oidc', 'keys_only'] as const) {
    const off = rows.filter(({ action }) => offIn(mode, action!) !== undefined);
    expect(off.length).toBeGreaterThan(10);
    for (const { action, name } of off) {
      const { orgKey, teamKey } = grantOf(action!);
      expect([name, orgKey, teamKey]).toEqual([name, undefined, undefined]);
    }
  }
});

test('who may only look only looks, with a key or without: each such method is a look, and carries nothing out', () => {
  const open = rows.filter(({ action }) => {
    const { orgKey, teamKey, team } = grantOf(action!);
    return orgKey === 'read_only' || teamKey === 'read_only' || team?.includes('read_only');
  });
  expect(open.length).toBeGreaterThan(15);
  for (const { action } of open) expect(action).toMatch(/\.read$|^team\.list$|^audit\.verify$/);
  // Streams cannot be marked as free of side effects.
  const unmarked = open.filter(({ method }) => method.idempotency !== MethodOptions_IdempotencyLevel.NO_SIDE_EFFECTS);
  for (const { name } of unmarked) expect(name).toMatch(/\.(Watch|AssertFleet|VerifyAudit|ServerReflectionInfo)/);
});

/** What the table of actions says about a caller and a thing of the world's team. */
function verdictOf(caller: CallerName, action: Action): Verdict {
  const grant = grantOf(action);
  const inTeam = (role: TeamRole): Verdict => (grant.user || grant.team?.includes(role) ? 'allowed' : 'denied');
  switch (caller) {
    case 'anonymous':
      return grant.anonymous ? 'allowed' : 'unauthenticated';
    case 'host':
      return grant.host ? 'allowed' : 'denied';
    case 'owner':
    case 'member':
      return inTeam(caller);
    case 'team admin':
      return inTeam('admin');
    case 'reader':
      return inTeam('read_only');
    case 'stranger':
      return grant.user ? 'allowed' : grant.team ? 'invisible' : 'denied';
    case 'admin':
      // The world's things are a team's.
      return grant.user || grant.platformAdmin === true ? 'allowed' : 'denied';
  }
}

/** The same for a key: of the installation, of the world's team, or of another one. */
function verdictOfKey({ kind, role, elsewhere, scopes: held }: KeyKind, action: Action): Verdict {
  const grant = grantOf(action);
  const least = kind === 'org_key' ? grant.orgKey : grant.teamKey;
  if (least === undefined || !reaches(role, least)) return 'denied';
  if (kind === 'org_key') return grant.platformAdmin === 'installation' ? 'denied' : 'allowed';
  if (grant.scope && held && !held.includes(grant.scope)) return 'denied';
  return grant.team && elsewhere ? 'invisible' : 'allowed';
}

/** The codes by which a verdict shows. Undefined is an answer without an error. */
function codesOf(verdict: Verdict, name: string, ofTeam: boolean): readonly (Code | undefined)[] {
  switch (verdict) {
    case 'unauthenticated':
      return [Code.Unauthenticated];
    case 'denied':
      // Who may see nothing of a team is told that it is not there.
      return ofTeam ? [Code.PermissionDenied, Code.NotFound] : [Code.PermissionDenied];
    case 'invisible':
      return [Code.NotFound];
    case 'allowed': {
      const answered = [
        undefined,
        Code.FailedPrecondition,
        Code.InvalidArgument,
        Code.AlreadyExists,
        Code.Aborted,
        Code.ResourceExhausted,
        Code.Unavailable,
      ];
      const missing = ofTeam ? [] : [Code.NotFound];
      return [...answered, ...missing, ...(refuseByThemselves[name] ?? [])];
    }
  }
}

async function newWorld(): Promise<World & { readonly ownerId: string }> {
  const { pool } = services;
  const [hostId, sandboxId, inviteId] = [newId('host'), newId('sbx'), mintToken('inv').id];
  const approvalId = newId('appr');
  const [ownerId, userId] = await Promise.all([newUser(), newUser()]);
  const [team] = await pool<{ id: string }[]>`select team_id as id from team_members where user_id = ${ownerId}`;
  const teamId = team!.id;
  await pool`insert into team_members (team_id, user_id, role) values (${teamId}, ${userId}, 'member')`;
  await pool`update teams set own_hosts = true where id = ${teamId}`;
  await pool`insert into hosts (id, name, status, team_id) values (${hostId}, ${hostId}, 'unreachable', ${teamId})`;
  await pool`
    insert into sandboxes (id, team_id, created_by, host_id, template, cpu_millis, memory_mib, disk_mib, pids, observed)
    values (${sandboxId}, ${teamId}, ${ownerId}, ${hostId}, 'base', 100, 64, 64, 64, 'missing')`;
  const snapshotId = newId('snap');
  await pool`
    insert into snapshots (id, team_id, sandbox_id, template, created_by, host_id, state)
    values (${snapshotId}, ${teamId}, ${sandboxId}, 'base', ${ownerId}, ${hostId}, 'ready')`;
  const templateId = newId('tmpl');
  await pool`
    insert into templates (id, team_id, name, version, source, created_by, state)
    values (${templateId}, ${teamId}, 'mine', 1, 'x', ${ownerId}, 'ready')`;
  await pool`
    insert into invites (id, token_hash, team_id, email, email_key, role, invited_by, expires_at)
    values (${inviteId}, '', ${teamId}, 'x@example.org', 'x@example.org', 'member', ${ownerId}, now() + interval '1 day')`;
  const [key, identity] = [
    await newKey('team_key', teamId, ownerId),
    await newKey('machine_identity', teamId, ownerId),
  ];
  await pool`
    insert into approvals (id, team_id, operation, identity_name, request, requested_by, expires_at)
    values (${approvalId}, ${teamId}, 'create', 'x', '{}', ${userId}, now() + interval '1 day')`;
  return {
    teamId,
    keyId: key.id,
    identityId: identity.id,
    approvalId,
    ownerId,
    userId,
    sessionId: await newSession(userId),
    hostId,
    sandboxId,
    snapshotId,
    templateId,
    inviteId,
    repositoryId: 'repo0123456789abcdef',
    rolloutId: 'roll0123456789abcdef',
    alertId: 'alert0123456789abcdef',
    ruleId: 'rule0123456789abcdef',
    channelId: 'chan0123456789abcdef',
    deliveryId: 'dlv0123456789abcdef',
    passkeyId: 'pky0123456789abcdef',
  };
}

let count = 0;
const passwordHash = await hashPassword('correct horse battery');
const newUser = (platformAdmin = false) => {
  count += 1;
  const email = `user${count}@example.org`;
  return context.transaction((sql) =>
    createUser(sql, context, { name: `User ${count}`, email, passwordHash, platformAdmin }),
  );
};
const newMember = async ({ teamId }: World, role: TeamRole): Promise<string> => {
  const userId = await newUser();
  await services.pool`insert into team_members (team_id, user_id, role) values (${teamId}, ${userId}, ${role})`;
  return userId;
};
const newSession = async (userId: string) =>
  (await context.transaction((sql) => openSession(sql, context, { userId, userAgent: 'matrix', how: 'password' }))).id;

async function credentialsOf(caller: CallerName, world: World & { ownerId: string }): Promise<Record<string, string>> {
  const sign = async (
    audience: 'muster-user' | 'muster-host',
    subject: string,
    claims: Record<string, string | number>,
  ) => ({
    authorization: `Bearer ${(await services.installation.tokens.sign({ audience, subject, lifetimeMs: 60_000, claims })).token.reveal()}`,
  });
  const user = async (id: string) => sign('muster-user', id, { sid: await newSession(id) });
  switch (caller) {
    case 'anonymous':
      return {};
    case 'host':
      return sign('muster-host', `host:${world.hostId}`, { epoch: 1, gen: 1 });
    case 'owner':
      return user(world.ownerId);
    case 'member':
      return user(world.userId);
    case 'team admin':
      return user(await newMember(world, 'admin'));
    case 'reader':
      return user(await newMember(world, 'read_only'));
    case 'stranger':
      return user(await newUser());
    case 'admin':
      return user(await newUser(true));
  }
}

/** A kind of key that the methods are called with. */
interface KeyKind {
  readonly name: string;
  readonly kind: CredentialKind;
  readonly role: KeyRole;
  readonly elsewhere?: true;
  readonly scopes?: readonly Scope[];
}

const keyCallers: readonly KeyKind[] = [
  ...keyRoles.map((role) => ({ name: `org key, ${role}`, kind: 'org_key', role }) as const),
  { name: 'team key, operator', kind: 'team_key', role: 'operator' },
  { name: 'team key, read-only', kind: 'team_key', role: 'read_only' },
  { name: 'key of another team', kind: 'team_key', role: 'operator', elsewhere: true },
  { name: 'identity', kind: 'machine_identity', role: 'operator', scopes },
  {
    name: 'identity that only looks at the team',
    kind: 'machine_identity',
    role: 'operator',
    scopes: ['workspace:read'],
  },
  { name: 'identity of another team', kind: 'machine_identity', role: 'operator', scopes, elsewhere: true },
];

/** A valid token of such a key. Whoever made it may do everything there. */
async function keyOf(
  { kind, role, elsewhere, scopes: held }: KeyKind,
  world: World & { ownerId: string },
): Promise<Record<string, string>> {
  const makerId = kind === 'org_key' ? await newUser(true) : elsewhere ? await newUser() : world.ownerId;
  const [team] = await services.pool<{ id: string }[]>`
    select team_id as id from team_members where user_id = ${makerId} and role = 'owner'`;
  const { token } = await newKey(kind, kind === 'org_key' ? null : team!.id, makerId, role, held);
  return kind === 'team_key' ? { 'x-api-key': token } : { authorization: `Bearer ${token}` };
}

async function newKey(
  kind: CredentialKind,
  teamId: string | null,
  makerId: string,
  role: KeyRole = 'operator',
  held: readonly Scope[] = scopes,
): Promise<{ id: string; token: string }> {
  const { pool } = services;
  const token = mintToken(({ org_key: 'org', team_key: 'team', machine_identity: 'mid' } as const)[kind]);
  const id = newId(kind === 'machine_identity' ? 'mid' : 'key');
  await (kind === 'machine_identity'
    ? pool`
      insert into machine_identities (id, name, team_id, environment, role, scopes, maker_id)
      values (${id}, ${id}, ${teamId}, 'development', ${role}, ${held as Scope[]}::text[], ${makerId})`
    : pool`
      insert into api_keys (id, name, team_id, role, maker_id, created_by)
      values (${id}, ${id}, ${teamId}, ${role}, ${makerId}, ${`user:${makerId}`})`);
  await insertCredential(pool, { id: token.id, tokenHash: token.hash, kind, ownerId: id });
  return { id, token: token.secret.reveal() };
}

function requestOf(method: DescMethod, world: World): Message {
  const ids = Object.entries(world).filter(([field]) => method.input.field[field]?.fieldKind === 'scalar');
  const known = new Set([...method.input.fields, ...method.input.oneofs].map(({ localName }) => localName));
  const more = Object.entries(requests[nameOf(method)] ?? {}).filter(([name]) => known.has(name));
  return create(method.input, Object.fromEntries([...ids, ...more]));
}

/** The code of the error, or undefined for an answer, of a stream for the first message. */
async function call(
  method: DescMethod,
  request: Message,
  headers: Record<string, string>,
  to = transport,
): Promise<Code | undefined> {
  const leaving = new AbortController();
  try {
    if (method.methodKind === 'unary')
      await to.unary(method as DescMethodUnary, leaving.signal, 10_000, headers, request);
    else {
      const inputs = (async function* () {
        yield request;
      })();
      const { message } = await to.stream(method as DescMethodStreaming, leaving.signal, 10_000, headers, inputs);
      await message[Symbol.asyncIterator]().next();
    }
    return undefined;
  } catch (error) {
    return ConnectError.from(error).code;
  } finally {
    leaving.abort();
  }
}

async function servicesOfTheContract(): Promise<DescService[]> {
  const folder = new URL('../../proto/gen/', import.meta.url);
  const files = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith('_pb.js'));
  const modules = await Promise.all(
    files.map((name) => import(new URL(name, folder).href) as Promise<Record<string, { kind?: string }>>),
  );
  return modules.flatMap((module) => Object.values(module)).filter((one): one is DescService => one.kind === 'service');
}

function nameOf(method: DescMethod): string {
  return `${method.parent.name}.${method.name}`;
}
