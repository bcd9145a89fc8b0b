import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { mintToken } from '#contract/token.ts';
import { TestControlPlane } from '../testing/control-plane.ts';
import { joinOptions, makeDataDir, testContext } from '../testing/test-agent.ts';
import { CredentialStore } from './credentials.ts';
import { enrol } from './enrol.ts';
import { TestInstallation, testHost } from '../testing/installation.ts';

let controlPlane: TestControlPlane;
let dataDir: Awaited<ReturnType<typeof makeDataDir>>;

beforeEach(async () => {
  controlPlane = await TestControlPlane.start();
  dataDir = await makeDataDir();
});
afterEach(async () => {
  await controlPlane.stop();
  await dataDir.remove();
});

const join_ = async (change: Partial<ReturnType<typeof joinOptions>> = {}) => {
  const { enrolled } = await enrol(
    testContext(),
    dataDir.path,
    { ...joinOptions(controlPlane), ...change },
    { hostname: 'here' },
  );
  enrolled.door.close();
  return enrolled.store.held;
};

test('a machine joins, and its secrets are readable by nobody else', async () => {
  const held = await join_();
  expect(held.host).toEqual({ id: testHost.id, name: testHost.name });
  expect(held.refreshToken.id).toBe(controlPlane.installation.currentTokenId);
  for (const name of [held.hostKeyFile, 'credentials.json']) {
    expect((await stat(join(dataDir.path, name))).mode & 0o777).toBe(0o600);
  }
  expect(await readFile(join(dataDir.path, held.hostKeyFile), 'utf8')).toContain('BEGIN PRIVATE KEY');
  expect(await readdir(dataDir.path)).not.toContain('joining.json');
});

test('an answer that is lost is asked for again, with the same key and token', async () => {
  controlPlane.loseNext('joinHost');
  const held = await join_();
  expect(held.refreshToken.id).toBe(controlPlane.installation.currentTokenId);
});

test('a crash after the answer was lost is repaired by running the command again', async () => {
  controlPlane.loseNext('joinHost');
  const crash = new AbortController();
  const options = joinOptions(controlPlane);
  const first = enrol({ ...testContext(crash.signal) }, dataDir.path, options, {}).catch((error: unknown) => error);
  while (controlPlane.installation.currentTokenId === undefined) await new Promise(setImmediate);
  crash.abort();
  await first;
  expect(await CredentialStore.open(dataDir.path)).toBeUndefined();
  expect((await join_()).refreshToken.id).toBe(controlPlane.installation.currentTokenId);
});

test('a used token of somebody else says what to do, and leaves no credentials', async () => {
  await join_();
  const elsewhere = await makeDataDir();
  await expect(enrol(testContext(), elsewhere.path, joinOptions(controlPlane), {})).rejects.toThrow(
    /refused: it is wrong, used or expired/,
  );
  expect(await CredentialStore.open(elsewhere.path)).toBeUndefined();
  await elsewhere.remove();
});

test.each([
  ['a mistyped token', { token: 'mst_join_abc' }, /token is incomplete/],
  ['a mistyped fingerprint', { fingerprint: 'SHA256:abc' }, /fingerprint is incomplete/],
  ['another token', { token: mintToken('join').secret.reveal() }, /refused/],
  ['no address', { server: 'nowhere' }, /must begin with https/],
  ['an address off this machine without encryption', { server: 'http://example.com' }, /only https:\/\/ is accepted/],
])('%s is refused with a sentence', async (_, change, sentence) => {
  await expect(join_(change)).rejects.toThrow(sentence);
});

test('a server with another key than the join command names is not believed', async () => {
  const { fingerprint } = new TestInstallation();
  await expect(join_({ fingerprint })).rejects.toThrow(/is not the control plane that the join command names/);
  expect(await CredentialStore.open(dataDir.path)).toBeUndefined();
});

test('joining the same installation again just goes on; another one is refused', async () => {
  const before = await join_();
  const again = await join_({ token: mintToken('join').secret.reveal() });
  expect(again.refreshToken.id).toBe(before.refreshToken.id);
  const { fingerprint } = new TestInstallation();
  await expect(join_({ fingerprint })).rejects.toThrow(/belongs to another installation/);
});

test('credentials that are damaged are named, and their content is not printed', async () => {
  await join_();
  const path = join(dataDir.path, 'credentials.json');
  const text = await readFile(path, 'utf8');
  await writeFile(path, text.slice(0, -20));
  const failure = await CredentialStore.open(dataDir.path).catch((error: unknown) => error);
  expect(String(failure)).toContain(path);
  expect(String(failure)).not.toContain('mst_hrt');
});
