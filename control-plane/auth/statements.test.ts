import { createClient } from '@connectrpc/connect';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ApiKeyService, KeyRole } from '#proto/muster/v1/api_key_pb.js';
import { IdentityEnvironment, IdentityScope, IdentityService } from '#proto/muster/v1/identity_pb.js';
import type { Pool } from '../database/index.ts';
import { openFeatures } from '../features.ts';
import { callPlain, startTestControlPlane, type TestControlPlane } from '../testing/index.ts';

let plane: TestControlPlane;
let statements: string[] = [];
beforeAll(async () => {
  plane = await startTestControlPlane({
    features(services) {
      Object.assign(services, { pool: counting(services.pool) });
      // Without loops, which have statements of their own.
      return { ...openFeatures(services), loops: [] };
    },
  });
});
afterAll(() => plane?.stop());

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
async function statementsOf(method: string, headers: Record<string, string> = {}): Promise<number> {
  statements = [];
  expect((await callPlain(plane.url, `muster.v1.${method}`, {}, headers)).status).toBe(200);
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
