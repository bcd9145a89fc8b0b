import { inspect } from 'node:util';
import { Code } from '@connectrpc/connect';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { ProviderKeySource as Source, SpendingPeriod } from '#proto/muster/v1/tester_key_pb.js';
import { openFeatures } from '../../features.ts';
import { settingsOf } from '../../settings/testing/set.ts';
import { codeOf, startTestControlPlane, type TestControlPlane, type TestUser } from '../../testing/index.ts';
import { keysOfTeams } from '../delivery/deliver.ts';
import { removeKeys, seedKeys } from '../seed.ts';
import { startKeyManagement, type KeyManagementServer } from '../testing/key-management.ts';
import { tendMinted } from './tend.ts';

let provider: KeyManagementServer;
let plane: TestControlPlane;
let settings: ReturnType<typeof settingsOf>;
beforeAll(async () => {
  provider = await startKeyManagement();
  plane = await startTestControlPlane({
    env: { MUSTER_PRIVATE_RANGES: '127.0.0.1', MUSTER_OUTGOING_TIMEOUT: '3s' },
    // Tests say when keys are tended.
    features: (services) => {
      const features = openFeatures(services);
      return { ...features, loops: features.loops.filter(({ name }) => !name.startsWith('tester_keys.')) };
    },
  });
  settings = settingsOf(plane.admin.clients);
  await settings.set('openrouter.base_url', provider.url);
  await settings.setSecret('openrouter.api_key', 'sk-or-v1-shared');
  await settings.setSecret('openrouter.management_key', provider.managementKey);
});
afterAll(async () => {
  await plane?.stop();
  await provider?.close();
});

let tester: TestUser;
let testers = 0;
beforeEach(async () => {
  testers += 1;
  tester = await plane.makeUser(`Tester${testers}`);
});
afterEach(async () => {
  Object.assign(provider, { behaviour: 'answer', loseAnswer: -1, requests: 0 });
  await removeKeys(plane.context, holder());
  await tend();
  expect(await ours()).toEqual([]);
  provider.keys.clear();
});

const holder = () => ({ userId: tester.id, teamId: tester.teamId });
const tend = () => tendMinted(plane.context);
/** Keys of this installation that are at the provider. */
const ours = async () =>
  [...provider.keys.values()].filter(({ name }) => name.startsWith(`Muster ${plane.services.installation.id} `));
const keyNow = async () =>
  (await tester.clients.testerKeys.listProviderKeys({})).keys.find((key) => key.provider === 'openrouter')!;
const given = async () => (await keysOfTeams.keysOf(plane.context, tester.teamId))?.variables['OPENROUTER_API_KEY'];
const look = () => plane.services.pool`update minted_keys set seen_at = now() - interval '1 hour'`;

test('each tester gets a key of their own with a cap, and until it is there the shared one', async () => {
  const { sentence } = await seedKeys(plane.context, holder());
  expect(sentence).toBe('OpenRouter: a capped key of their own, which is being minted.');
  expect(await given()).toBe('sk-or-v1-shared');
  await tend();
  const [key] = await ours();
  expect(key).toMatchObject({ limit: 5, limitReset: 'monthly' });
  const days = (Date.parse(key!.expiresAt) - Date.now()) / 86_400_000;
  expect(days).toBeGreaterThan(59);
  expect(days).toBeLessThan(61);
  expect(await given()).toBe(key!.value);
  expect(await keyNow()).toMatchObject({
    source: Source.MINTED,
    minted: { limitMicros: 5_000_000n, limitPeriod: SpendingPeriod.MONTHLY, spentMicros: 0n, earlierKeys: 0 },
  });
  await seedKeys(plane.context, holder());
  await tend();
  expect(await ours()).toHaveLength(1);
  provider.spend(key!.value, 1.25);
  await settings.set('openrouter.mint_limit', '2.50');
  await settings.set('openrouter.mint_period', 'daily');
  await look();
  await tend();
  expect(await ours()).toMatchObject([{ limit: 2.5, limitReset: 'daily' }]);
  const { spending } = await tester.clients.testerKeys.getUsage({});
  expect(spending).toMatchObject([{ provider: 'openrouter', spentMicros: 1_250_000n }]);
  await settings.set('openrouter.mint_limit', '');
  await settings.set('openrouter.mint_period', '');
});

test('a key is replaced in time, and the one before ends only after the new one was used', async () => {
  await seedKeys(plane.context, holder());
  await tend();
  const [first] = await ours();
  provider.spend(first!.value, 1);
  await plane.services.pool`update minted_keys set rotates_at = now() - interval '1 second' where state = 'live'`;
  await tend();
  const second = (await ours()).find(({ hash }) => hash !== first!.hash)!;
  expect(await given()).toBe(second.value);
  await look();
  await tend();
  // The one before is still in use, the new one is not.
  provider.spend(first!.value, 1);
  await look();
  await tend();
  expect(await ours()).toHaveLength(2);
  expect((await keyNow()).minted).toMatchObject({ earlierKeys: 1 });
  expect((await keyNow()).minted!.lastUsedAt).toBeUndefined();
  provider.spend(second.value, 0.5);
  await look();
  await tend();
  expect(await ours()).toMatchObject([{ hash: second.hash }]);
  expect(await keyNow()).toMatchObject({ minted: { earlierKeys: 0, lastUsedAt: expect.anything() } });
  expect((await tester.clients.testerKeys.getUsage({})).spending).toMatchObject([{ spentMicros: 2_500_000n }]);

  await tester.clients.testerKeys.rotateProviderKey({ provider: 'openrouter' });
  await tend();
  expect(await ours()).toHaveLength(2);
  expect(await given()).not.toBe(second.value);
  expect(await codeOf(tester.clients.testerKeys.rotateProviderKey({ provider: 'groq' }))).toBe(Code.FailedPrecondition);
});

test('whichever answer of the provider is lost, there is one key for each tester in the end, and it is the one that is given', async () => {
  const requestsOf = async () => {
    provider.requests = 0;
    await seedKeys(plane.context, holder());
    await tend();
    return provider.requests;
  };
  const all = await requestsOf();
  await plane.services.pool`update minted_keys set rotates_at = now() where state = 'live'`;
  for (let lost = 0; lost <= all; lost += 1) {
    Object.assign(provider, { requests: 0, loseAnswer: lost });
    await tend();
    // As after a crash: what was lost is lost, and the next run begins anew.
    provider.loseAnswer = -1;
    await tend();
    provider.spend((await given()) ?? '', 1);
    await look();
    await tend();
    const keys = await ours();
    expect(keys.map(({ value }) => value)).toEqual([await given()]);
    await plane.services.pool`update minted_keys set rotates_at = now() where state = 'live'`;
  }
});

test('of two replicas that mint at once one wins, and the key of the other one ends', async () => {
  await seedKeys(plane.context, holder());
  await Promise.all([tend(), tend(), tend()]);
  await tend();
  const keys = await ours();
  expect(keys.map(({ value }) => value)).toEqual([await given()]);
});

test.each([
  [401, /does not take the management key/],
  [402, /no credit left/],
  [429, /takes no more requests for now/],
  [500, /trouble of its own/],
  ['garbage', /is not the key management/],
  ['never', /did not answer in time/],
] as const)(
  'where the provider answers %s, the shared key is given and says why, and nothing leaks',
  async (trouble, sentence) => {
    provider.behaviour = trouble;
    await seedKeys(plane.context, holder());
    await tend();
    expect(await given()).toBe('sk-or-v1-shared');
    const key = await keyNow();
    expect(key).toMatchObject({ source: Source.DEFAULT, sentence: expect.stringMatching(sentence) });
    const state = await settings.secret('openrouter.management_key');
    expect(state.lastError).toMatch(sentence);
    expect(inspect([key, state, plane.log], { depth: 20, maxArrayLength: null })).not.toContain(provider.managementKey);
    provider.behaviour = 'answer';
    await tend();
    expect(await keyNow()).toMatchObject({ source: Source.MINTED });
    expect((await settings.secret('openrouter.management_key')).lastError).toBe('');
  },
);

test('keys of others at the provider are left alone, and one that somebody ended there is minted anew', async () => {
  const add = (name: string) =>
    provider.keys.set(name, { hash: name, name, value: name, expiresAt: '', limit: 1, limitReset: null, usage: 0 });
  for (const name of ['Production', 'Muster inst0123456789abcdef mkey0123456789abcdef.1', 'Muster', 'x']) add(name);
  await seedKeys(plane.context, holder());
  await tend();
  const [first] = await ours();
  provider.keys.delete(first!.hash);
  await plane.services
    .pool`update minted_keys set minted_at = now() - interval '1 hour', seen_at = now() - interval '1 hour'`;
  await tend();
  await tend();
  const [second] = await ours();
  expect(second!.hash).not.toBe(first!.hash);
  expect(await given()).toBe(second!.value);
  expect([...provider.keys.keys()]).toEqual(expect.arrayContaining(['Production', 'Muster', 'x']));
  expect(provider.keys.size).toBe(5);
});

test('with the gateway in front, or without the tester, the minted key ends at its provider, and the audit tells all of it', async () => {
  await seedKeys(plane.context, holder());
  await tend();
  expect(await ours()).toHaveLength(1);
  await settings.set('openrouter.gateway', 'on');
  await tend();
  expect(await ours()).toEqual([]);
  expect(await given()).toBeUndefined();
  await settings.set('openrouter.gateway', '');
  await tend();
  expect(await ours()).toHaveLength(1);
  await removeKeys(plane.context, holder());
  await tend();
  expect(await ours()).toEqual([]);
  const audit = await plane.services.pool<{ action: string }[]>`
    select action from audit_events where team_id = ${tester.teamId} and action like 'provider_key.%' order by id`;
  expect(audit.map(({ action }) => action.split('.')[1])).toEqual(['seed', 'mint', 'end', 'mint', 'remove', 'end']);
  const secrets = await plane.services.pool`select name from secrets where name like 'minted_key:%'`;
  expect(secrets).toEqual([]);
});
