import { Code, createClient } from '@connectrpc/connect';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ApiKeyService, KeyRole, KeyState } from '#proto/muster/v1/api_key_pb.js';
import { mintToken } from '#contract/token.ts';
import { parseConfig } from '../config.ts';
import { clientsWithToken, codeOf, startTestControlPlane, type TestControlPlane } from '../testing/index.ts';

const token = mintToken('org').secret.reveal();
const env = { MUSTER_BOOTSTRAP_KEY: token };
let controlPlane: TestControlPlane;
beforeAll(async () => {
  controlPlane = await startTestControlPlane({ env });
});
afterAll(() => controlPlane.stop());

const bootstrap = () => clientsWithToken(controlPlane.url, token);
const keysOf = (secret: string) => createClient(ApiKeyService, clientsWithToken(controlPlane.url, secret).transport);
const listed = async () => {
  const { keys } = await createClient(ApiKeyService, controlPlane.admin.clients.transport).listApiKeys({
    includeEnded: true,
  });
  return keys.filter(({ createdBy }) => createdBy === 'bootstrap');
};

test('the key from the environment is one row, however often and on however many replicas it is read', async () => {
  await Promise.all([controlPlane.startReplica(), controlPlane.startReplica()]);
  const [row, ...more] = await listed();
  expect(more).toEqual([]);
  expect(row).toMatchObject({ name: 'bootstrap', role: KeyRole.ADMIN, state: KeyState.ACTIVE, maker: '' });
  expect(JSON.stringify(controlPlane.log)).not.toContain(token);
});

test('each of its calls is written down, also one that only looks', async () => {
  const { pool } = controlPlane.services;
  const uses = () => pool`select from audit_events where action = 'bootstrap_key.use'`;
  const before = (await uses()).length;
  await bootstrap().users.listUsers({});
  await bootstrap().auth.getCaller({});
  expect((await uses()).length - before).toBe(2);
});

test('what it mints works as long as it does, and revoking it is for good, whatever the environment says', async () => {
  const { key, secret } = await keysOf(token).createApiKey({ name: 'first', role: KeyRole.ADMIN });
  const [row] = await listed();
  expect(key).toMatchObject({ createdBy: `key:${row!.id}`, createdByName: 'bootstrap', maker: `key:${row!.id}` });
  const grandchild = await keysOf(secret).createApiKey({ name: 'second', role: KeyRole.OPERATOR });
  expect(grandchild.key?.maker).toBe(`key:${row!.id}`);
  const keys = createClient(ApiKeyService, controlPlane.admin.clients.transport);
  await keys.revokeApiKey({ keyId: row!.id });
  await controlPlane.startReplica();
  for (const ended of [token, secret, grandchild.secret])
    expect(await codeOf(clientsWithToken(controlPlane.url, ended).auth.getCaller({}))).toBe(Code.Unauthenticated);
  expect((await keys.getApiKey({ keyId: key!.id })).key?.state).toBe(KeyState.ORPHANED);
  await keys.takeOverApiKey({ keyId: key!.id });
  await clientsWithToken(controlPlane.url, secret).auth.getCaller({});
});

test('anything else in the variable is refused at the start, in one sentence', () => {
  const given = { DATABASE_URL: 'postgres://x', MUSTER_BOOTSTRAP_KEY: 'secret' };
  expect(() => parseConfig(given)).toThrow('MUSTER_BOOTSTRAP_KEY must be a whole API key that begins with mst_org_.');
});

test('where only keys get in and there is none, the log says how to make one', async () => {
  const warnings = (plane: TestControlPlane) => plane.log.filter((line) => line.includes('nobody can get in'));
  const locked = await startTestControlPlane({ env: { MUSTER_AUTH_MODE: 'api_key_only' }, users: false });
  try {
    expect(warnings(locked)).toHaveLength(1);
    expect(warnings(locked)[0]).toContain('npm run admin -- bootstrap-key');
    await locked.startReplica({ MUSTER_BOOTSTRAP_KEY: mintToken('org').secret.reveal() });
    await locked.startReplica();
    expect(warnings(locked), 'with a key nothing is wrong').toHaveLength(1);
  } finally {
    await locked.stop();
  }
});
