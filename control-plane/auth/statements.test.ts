import { createClient } from '@connectrpc/connect';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ApiKeyService, KeyRole } from '#proto/muster/v1/api_key_pb.js';
import { IdentityEnvironment, IdentityScope, IdentityService } from '#proto/muster/v1/identity_pb.js';
import { parseToken } from '#contract/token.ts';
import { newSession, newUser } from '../access/testing/matrix-world.ts';
import { startTokenIssuer, type TokenIssuer } from '../access/testing/token-issuer.ts';
import { findLiveCredentials } from '../credentials/store.ts';
import type { Pool } from '../database/index.ts';
import { openFeatures } from '../features.ts';
import { callPlain, startTestControlPlane, type TestControlPlane } from '../testing/index.ts';

let plane: TestControlPlane;
let issuer: TokenIssuer;
let statements: string[] = [];
beforeAll(async () => {
  issuer = await startTokenIssuer();
  plane = await startTestControlPlane({
    features(services) {
      Object.assign(services, { pool: counting(services.pool) });
      // Without loops, which have statements of their own.
      return { ...openFeatures(services), loops: [] };
    },
  });
});
afterAll(async () => {
  await plane?.stop();
  await issuer?.close();
});

/** Writes down each statement that goes to the pool, or to a connection of it: those that are waited for; parts of others are not. */
const counting = <Client extends Pool>(pool: Client): Client =>
  new Proxy(pool, {
    get: (target, key, self) =>
      key === 'reserve' ? async () => counting(await target.reserve()) : (Reflect.get(target, key, self) as unknown),
    apply(target, self, parts: unknown[]): unknown {
      const made: unknown = Reflect.apply(target as (...parts: unknown[]) => unknown, self, parts); // it is called as it was
      if (!(made instanceof Promise)) return made;
      const wait = made.then.bind(made);
      Reflect.set(made, 'then', (...parameters: Parameters<typeof wait>) => {
        statements.push(String(parts[0]).trim());
        return wait(...parameters);
      });
      return made;
    },
  });

/** How many statements a call takes, besides the one that writes a last use: once a minute, and nobody waits for it. */
async function statementsOf(method: string, headers: Record<string, string> = {}, url = plane.url): Promise<number> {
  statements = [];
  expect((await callPlain(url, `muster.v1.${method}`, {}, headers)).status).toBe(200);
  return statements.filter((text) => !text.startsWith('update')).length;
}

async function credentials(): Promise<Record<string, Record<string, string>>> {
  const { admin } = plane;
  const keys = createClient(ApiKeyService, admin.clients.transport);
  const { teamId } = admin;
  const team = await keys.createApiKey({ name: 'team', teamId, role: KeyRole.OPERATOR });
  const org = await keys.createApiKey({ name: 'org', role: KeyRole.OPERATOR });
  const identity = await createClient(IdentityService, admin.clients.transport).createIdentity({
    teamId,
    name: 'identity',
    environment: IdentityEnvironment.DEVELOPMENT,
    role: KeyRole.OPERATOR,
    scopes: [IdentityScope.SANDBOX_READ],
  });
  return {
    'session cookie': { cookie: `muster-loopback-${new URL(plane.url).port}=${admin.sessionToken}` },
    'user token': { authorization: `Bearer ${admin.token}` },
    'team key': { 'x-api-key': team.secret },
    'org key': { authorization: `Bearer ${org.secret}` },
    'machine identity': { authorization: `Bearer ${identity.secret}` },
  };
}

test('finding out who calls takes one statement, whatever is presented', async () => {
  expect(await statementsOf('AuthService/GetCaller', { authorization: `Bearer ${plane.admin.token}` })).toBe(1);
  const open = await statementsOf('SetupService/GetSetup');
  for (const [kind, headers] of Object.entries(await credentials())) {
    expect([kind, await statementsOf('AuthService/GetCaller', headers)]).toEqual([kind, 1]);
    expect([kind, await statementsOf('SetupService/GetSetup', headers)]).toEqual([kind, open + 1]);
  }
});

const signInService = { MUSTER_PUBLIC_URL: 'https://muster.example', MUSTER_PLATFORM_ADMINS: 'root' };

test('nor does it take more whom a sign-in service names, once their account is there', async () => {
  const secret = 'a secret between the proxy and the server';
  const proxied = await plane.startReplica({
    ...signInService,
    MUSTER_USER_MODE: 'trusted_header',
    MUSTER_PROXY_RANGES: '127.0.0.1',
    MUSTER_PROXY_SECRET: secret,
  });
  const audience = 'muster-programs';
  const provided = await plane.startReplica({
    ...signInService,
    MUSTER_USER_MODE: 'oidc',
    MUSTER_OIDC_ISSUER: issuer.url,
    MUSTER_OIDC_CLIENT_ID: 'muster',
    MUSTER_OIDC_CLIENT_SECRET: 'x',
    MUSTER_OIDC_AUDIENCE: audience,
  });
  const { pool } = plane.services;
  const userId = await newUser(pool);
  await pool`update users set sso_source = 'oidc', sso_id = id, password_hash = null where id = ${userId}`;
  const { cookie } = await newSession(pool, userId, 'oidc');
  const token = await issuer.sign(audience, 'ada', { team: 'engines', roles: ['operator'] });
  const word = { 'x-opensandbox-user': 'ada', 'x-opensandbox-team': 'engines', 'x-opensandbox-roles': 'operator' };
  for (const [kind, url, headers] of [
    ['trusted header', proxied.url, { ...word, 'x-opensandbox-proxy-secret': secret }],
    ['OIDC bearer', provided.url, { authorization: `Bearer ${token}` }],
    [
      'session of a provider',
      provided.url,
      { cookie: `__Host-muster=${cookie}`, origin: signInService.MUSTER_PUBLIC_URL },
    ],
  ] as const) {
    // The first one makes the account and the team.
    await statementsOf('AuthService/GetCaller', headers, url);
    expect([kind, await statementsOf('AuthService/GetCaller', headers, url)]).toEqual([kind, 1]);
  }
});

test('of keys that are asked for together each stands for its own team', async () => {
  const { sql } = plane.context;
  const keyOf = async (name: string) => {
    const user = await plane.makeUser(name);
    const keys = createClient(ApiKeyService, user.clients.transport);
    const { secret } = await keys.createApiKey({ name: 'own', teamId: user.teamId, role: KeyRole.OPERATOR });
    return { teamId: user.teamId, id: parseToken(secret)!.id };
  };
  const [one, other] = [await keyOf('One'), await keyOf('Other')];
  const found = await findLiveCredentials(sql, [one.id, other.id, 'nobody']);
  expect([one, other].map(({ id }) => found.get(id)?.team?.teamId)).toEqual([one.teamId, other.teamId]);
  expect(found.size).toBe(2);
});

test('a credential is looked up by its index, however many there are', async () => {
  const { pool } = plane.services;
  await pool`
    insert into credentials (id, token_hash, kind, key_id)
    select 'many' || number, '', 'team_key', (select id from api_keys where team_id is not null limit 1)
    from generate_series(1, 20000) as many(number)`;
  await pool`analyze credentials`;
  const explaining = (parts: TemplateStringsArray, ...values: (string | string[])[]) => {
    const [first = '', ...rest] = parts;
    if (!first.includes('select')) return pool(parts, ...values);
    const explained = [`explain (format json) ${first}`, ...rest];
    return pool(Object.assign(explained, { raw: explained }), ...values);
  };
  // It stands in for the one way in which the statement is sent.
  for (const ids of [['many7'], ['many7', 'many8']]) {
    const plan = JSON.stringify([...(await findLiveCredentials(explaining as unknown as Pool, ids))]);
    expect(plan).toContain('"Index Name":"credentials_pkey"');
    expect(plan).not.toMatch(/"Seq Scan"[^{}]*"Relation Name":"credentials"/);
  }
});
