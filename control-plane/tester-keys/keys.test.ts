import { inspect } from 'node:util';
import { Code } from '@connectrpc/connect';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { SimulatedHost } from '../../simulator/index.ts';
import { ProviderKeySource as Source } from '#proto/muster/v1/tester_key_pb.js';
import { announce } from '../events/index.ts';
import { startSimulatedFleet, type SimulatedFleet } from '../hosts/testing/simulated-fleet.ts';
import { settingsOf } from '../settings/testing/set.ts';
import { codeOf, eventually, type TestUser } from '../testing/index.ts';
import { removeKeys, seedKeys } from './index.ts';

let fleet: SimulatedFleet;
let host: SimulatedHost;
let settings: ReturnType<typeof settingsOf>;
beforeAll(async () => {
  fleet = await startSimulatedFleet(1);
  [host] = fleet.hosts as [SimulatedHost];
  settings = settingsOf(fleet.plane.admin.clients);
  await settings.setSecret('groq.api_key', 'gsk_shared');
});
afterAll(() => fleet?.stop());

let users = 0;
/** A tester with a team of their own, who was given keys. */
async function newTester(): Promise<TestUser> {
  users += 1;
  const user = await fleet.plane.makeUser(`Tester${users}`);
  await seedKeys(fleet.plane.context, { userId: user.id, teamId: user.teamId });
  return user;
}
const sandboxOf = async (user: TestUser) =>
  (await user.clients.sandboxes.createSandbox({ limits: { memoryMib: 64, diskMib: 64 } })).sandbox!.id;
const list = async (user: TestUser) => user.clients.testerKeys.listProviderKeys({});
const keyAt = async (user: TestUser, provider: string) =>
  (await list(user)).keys.find((key) => key.provider === provider)!;
const set = async (user: TestUser, provider: string, value: string, version?: bigint) =>
  user.clients.testerKeys.setProviderKey({
    provider,
    value,
    version: version ?? (await keyAt(user, provider)).own!.version,
  });
/** Under the other name that it has. */
const clear = async (user: TestUser, provider: string) =>
  user.clients.testers.clearProviderKey({ provider, version: (await keyAt(user, provider)).own!.version });
const has = (sandboxId: string, variables: Record<string, string>) =>
  eventually(
    () => host.keysOf(sandboxId),
    (keys) => expect(keys).toEqual(variables),
  );

test('a tester begins with the shared key; their own goes before it, no seeding overwrites it, and without it the shared one is back', async () => {
  const tester = await newTester();
  const sandbox = await sandboxOf(tester);
  // At once, with the answer that it runs.
  expect(host.keysOf(sandbox)).toEqual({ GROQ_API_KEY: 'gsk_shared' });
  expect(await keyAt(tester, 'groq')).toMatchObject({
    source: Source.DEFAULT,
    sentence: 'The shared key of this installation.',
    variables: ['GROQ_API_KEY'],
    own: { isSet: false },
  });
  const { key } = await set(tester, 'groq', ' gsk_own\n');
  expect(key).toMatchObject({ source: Source.OWN, own: { isSet: true, version: 1n, updatedBy: tester.name } });
  await has(sandbox, { GROQ_API_KEY: 'gsk_own' });
  await seedKeys(fleet.plane.context, { userId: tester.id, teamId: tester.teamId });
  await settings.setSecret('groq.api_key', 'gsk_shared_anew');
  expect(await keyAt(tester, 'groq')).toMatchObject({ source: Source.OWN });
  await set(tester, 'kimi', 'sk-kimi');
  await has(sandbox, { GROQ_API_KEY: 'gsk_own', MOONSHOT_API_KEY: 'sk-kimi', KIMI_API_KEY: 'sk-kimi' });
  await clear(tester, 'groq');
  await clear(tester, 'kimi');
  await has(sandbox, { GROQ_API_KEY: 'gsk_shared_anew' });
  expect(await codeOf(set(tester, 'groq', 'gsk_late', 1n))).toBe(Code.Aborted);
  await set(tester, 'groq', 'gsk_again');
  const { delivery } = await eventually(
    () => list(tester),
    (now) => expect(now.delivery).toMatchObject({ sandboxes: 1, delivered: 1 }),
  );
  expect(delivery!.sentence).toBe('The sandbox has them.');
});

test('whoever is given no keys has only their own, and their sandboxes nothing else', async () => {
  const somebody = await fleet.plane.makeUser('Somebody');
  const sandbox = await sandboxOf(somebody);
  expect(host.keysOf(sandbox)).toEqual({});
  expect(await keyAt(somebody, 'groq')).toMatchObject({ source: Source.NONE });
  await set(somebody, 'groq', 'gsk_somebody');
  await has(sandbox, { GROQ_API_KEY: 'gsk_somebody' });
  expect(host.keysOf(await sandboxOf(somebody))).toEqual({ GROQ_API_KEY: 'gsk_somebody' });
});

test('through the gateway only a token is given, which works, is replaced when it was revoked and seeded anew, and ends with the tester', async () => {
  const tester = await newTester();
  const sandbox = await sandboxOf(tester);
  await settings.setSecret('sambanova.api_key', 'samba_shared');
  await has(sandbox, { GROQ_API_KEY: 'gsk_shared_anew', SAMBANOVA_API_KEY: 'samba_shared' });
  await settings.set('groq.gateway', 'on');
  await settings.set('sambanova.gateway', 'on');
  const given = await eventually(
    () => host.keysOf(sandbox),
    (keys) => {
      expect(Object.keys(keys).sort()).toEqual(['OPENAI_API_KEY', 'OPENAI_BASE_URL']);
      expect(keys['OPENAI_API_KEY']).toMatch(/^mst_gwy_/);
    },
  );
  expect(given['OPENAI_BASE_URL']).toBe(`${fleet.plane.services.publicUrl}/v1`);
  expect(await keyAt(tester, 'groq')).toMatchObject({ source: Source.GATEWAY });
  const { tokens } = await tester.clients.gateway.listGatewayTokens({ teamId: tester.teamId });
  expect(tokens).toMatchObject([{ name: 'Sandboxes', userId: tester.id }]);
  expect(await answered(given['OPENAI_API_KEY']!)).not.toBe(401);

  await tester.clients.gateway.revokeGatewayToken({ gatewayTokenId: tokens[0]!.id });
  expect(await keyAt(tester, 'groq')).toMatchObject({
    source: Source.NONE,
    sentence: expect.stringMatching(/revoked/),
  });
  await seedKeys(fleet.plane.context, { userId: tester.id, teamId: tester.teamId });
  const next = await eventually(
    () => host.keysOf(sandbox)['OPENAI_API_KEY'],
    (token) => expect(token).not.toBe(given['OPENAI_API_KEY']),
  );
  await set(tester, 'groq', 'gsk_own');
  await has(sandbox, { GROQ_API_KEY: 'gsk_own', OPENAI_API_KEY: next!, OPENAI_BASE_URL: given['OPENAI_BASE_URL']! });

  await removeKeys(fleet.plane.context, { userId: tester.id, teamId: tester.teamId });
  await removeKeys(fleet.plane.context, { userId: tester.id, teamId: tester.teamId });
  await has(sandbox, {});
  expect(await answered(next!)).toBe(401);
  expect(await keyAt(tester, 'groq')).toMatchObject({ source: Source.NONE, own: { isSet: false } });
  await settings.set('groq.gateway', '');
  await settings.set('sambanova.gateway', '');
  await settings.clear('sambanova.api_key');
});

test('a token that is a month old is replaced, and the one before works on for a while', async () => {
  const tester = await newTester();
  const sandbox = await sandboxOf(tester);
  await settings.set('groq.gateway', 'on');
  const tokenNow = () => host.keysOf(sandbox)['OPENAI_API_KEY'];
  const first = await eventually(tokenNow, (token) => expect(token).toBeDefined());
  const { pool } = fleet.plane.services;
  await pool`
    update gateway_secrets set created_at = now() - interval '31 days'
    where token_id = (select gateway_token_id from keyrings where team_id = ${tester.teamId})`;
  await announce(pool, 'keyring', [tester.teamId]);
  const second = await eventually(tokenNow, (token) => expect(token).not.toBe(first));
  for (const token of [first!, second!]) expect(await answered(token)).not.toBe(401);
  const { tokens } = await tester.clients.gateway.listGatewayTokens({ teamId: tester.teamId });
  expect(tokens).toHaveLength(1);
  await settings.set('groq.gateway', '');
});

test('with a team go its keys, its own too', async () => {
  const tester = await newTester();
  await set(tester, 'kimi', 'sk-kimi');
  await tester.clients.teams.deleteTeam({ teamId: tester.teamId, confirmName: `${tester.name}'s team` });
  const { pool } = fleet.plane.services;
  await announce(pool, 'keyring', [tester.teamId]);
  await eventually(
    () => pool`select name from secrets where name like ${`own_key:${tester.teamId}:%`}`,
    (left) => expect(left).toHaveLength(0),
  );
  expect(await pool`select holder_id from keyrings where team_id = ${tester.teamId}`).toEqual([{ holder_id: null }]);
});

test('no value of a key is in an answer, a log line, the audit or a table', async () => {
  const tester = await newTester();
  const sandbox = await sandboxOf(tester);
  const value = 'gsk_nobody_may_read_this';
  const answer = await set(tester, 'groq', value);
  await has(sandbox, { GROQ_API_KEY: value });
  const { pool } = fleet.plane.services;
  const rows = await pool`
    select to_jsonb(sandboxes) as row from sandboxes union all select to_jsonb(keyrings) from keyrings
    union all select to_jsonb(key_deliveries) from key_deliveries union all select to_jsonb(secrets) from secrets
    union all select to_jsonb(audit_contents) from audit_contents`;
  const told = inspect([answer, await list(tester), rows, fleet.plane.log], { depth: 20, maxArrayLength: null });
  expect(told).not.toContain(value);
  expect(told).not.toContain(Buffer.from(value).toString('hex'));
  const audit = await pool<{ action: string }[]>`
    select action from audit_events where team_id = ${tester.teamId} and action like 'provider_key.%' order by id`;
  expect(audit.map(({ action }) => action)).toEqual(['provider_key.seed', 'provider_key.set']);
});

test('keys wait for a machine that cannot be reached, and the list says so', async () => {
  const tester = await newTester();
  const sandbox = await sandboxOf(tester);
  host.goSilent();
  await eventually(
    () => fleet.read(host),
    ({ connected }) => expect(connected).toBe(false),
  );
  await set(tester, 'groq', 'gsk_while_away');
  expect((await list(tester)).delivery).toMatchObject({ sandboxes: 1, delivered: 0 });
  host.comeBack();
  await has(sandbox, { GROQ_API_KEY: 'gsk_while_away' });
});

const answered = async (token: string) =>
  (await fetch(`${fleet.plane.url}/v1/models`, { headers: { authorization: `Bearer ${token}` } })).status;

test('keys of which nobody knows whether they arrived are taken away with the last of their team', async () => {
  await settings.setSecret('groq.api_key', 'gsk_shared_last');
  const tester = await newTester();
  // Nothing else is asked of it whose answer could be lost in place of this one.
  const alone = await fleet.addHost('alone', { labels: { alone: 'yes' } });
  alone.loseAnswers(1);
  const create = tester.clients.sandboxes.createSandbox({ hostLabels: { alone: 'yes' } });
  expect(await codeOf(create)).toBe(Code.Unavailable);
  const [sandbox] = (await tester.clients.sandboxes.listSandboxes({})).sandboxes;
  const { id: sandboxId } = sandbox!;
  expect(alone.keysOf(sandboxId)).toEqual({ GROQ_API_KEY: 'gsk_shared_last' });
  await settings.clear('groq.api_key');
  await eventually(
    () => tester.clients.sandboxes.getSandbox({ sandboxId }),
    (now) => expect(now.sandbox?.stateLabel).toBe('Running'),
  );
  await eventually(
    () => {
      fleet.plane.replica.loops.wake('tester_keys.deliver');
      return alone.keysOf(sandboxId);
    },
    (keys) => expect(keys).toEqual({}),
  );
});
