import {
  chmod,
  chown,
  link,
  lstat,
  mkdir,
  mkdtemp,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { testContext } from '../testing/test-agent.ts';
import { parseSettings } from '../components/config-file.ts';
import { findAccount } from './account.ts';
import { MachineAccess, type WantedAccess } from './machine-access.ts';

const root = process.getuid?.() === 0;
const [uid, gid] = root ? [54_321, 54_321] : [process.getuid?.() ?? 0, process.getgid?.() ?? 0];
const hostId = 'host0123456789abcdef';
const context = testContext();
const support = { id: 'skey0000000000000001', kind: 'support', publicKey: 'ssh-ed25519 SUPPORT' } as const;
const person = { id: 'user0000000000000001', kind: 'tester', publicKey: 'ssh-ed25519 PERSON' } as const;
const foreign = 'ssh-ed25519 FOREIGN ada@laptop\n';

let folder: string;
let settings: ReturnType<typeof parseSettings>;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'muster-access-'));
  for (const name of ['ops', 'tester', 'bystander']) {
    await mkdir(join(folder, name), { mode: 0o755 });
    await chown(join(folder, name), uid, gid);
  }
  configure({ ops: ['support'], tester: ['testers', 'support'] });
});
afterEach(async () => {
  vi.useRealTimers();
  await rm(folder, { recursive: true });
});

const configure = (access: Record<string, string[]>) =>
  void (settings = parseSettings('/etc/agent.json', JSON.stringify({ access })));
const open = () =>
  new MachineAccess({
    dataDir: folder,
    hostId,
    configFile: {
      get settings() {
        return settings;
      },
    },
    accountNamed: (name) => Promise.resolve({ name, uid, gid, home: join(folder, name) }),
  });
const wanted = (revision: number, keys: WantedAccess['keys'], generation = 'first'): WantedAccess => ({
  generation,
  revision: BigInt(revision),
  keys,
});
const fileOf = (name: string) => join(folder, name, '.ssh/authorized_keys');
const contentOf = (name: string) => readFile(fileOf(name), 'utf8').catch(() => undefined);
const keysOf = async (name: string) => ((await contentOf(name)) ?? '').match(/SUPPORT|PERSON|FOREIGN/g) ?? [];
const problemOf = (access: MachineAccess, name: string) =>
  access.report?.accounts.find((account) => account.name === name)?.problem;

test('keys come into the accounts that the config names, as theirs, and others’ lines stay', async () => {
  await mkdir(join(folder, 'ops/.ssh'));
  await chown(join(folder, 'ops/.ssh'), uid, gid);
  await writeFile(fileOf('ops'), foreign, { mode: 0o644 });
  await chown(fileOf('ops'), uid, gid);
  const access = open();
  const report = await access.apply(context, wanted(3, [support, person]));
  expect(report).toMatchObject({ generation: 'first', revision: 3n, keyIds: [support.id, person.id] });
  expect([await keysOf('ops'), await keysOf('tester')]).toEqual([
    ['FOREIGN', 'SUPPORT'],
    ['SUPPORT', 'PERSON'],
  ]);
  expect(await contentOf('ops')).toMatch(new RegExp(`^${foreign}# muster ${hostId}: begin`));
  expect(await contentOf('bystander')).toBeUndefined();
  const [made, found, dir] = await Promise.all([
    stat(fileOf('tester')),
    stat(fileOf('ops')),
    stat(join(folder, 'tester/.ssh')),
  ]);
  expect([made, found, dir].map((one) => [one.uid, one.gid, one.mode & 0o777])).toEqual([
    [uid, gid, 0o600],
    [uid, gid, 0o644],
    [uid, gid, 0o700],
  ]);
  await access.apply(context, wanted(4, []));
  expect([await contentOf('ops'), await contentOf('tester')]).toEqual([foreign, '']);
});

test('an older revision changes nothing, the same one again neither, and a new life of the database begins anew', async () => {
  const access = open();
  await access.apply(context, wanted(9, [support]));
  expect(await access.apply(context, wanted(8, [support, person]))).toMatchObject({
    revision: 9n,
    keyIds: [support.id],
  });
  const { sequence } = await access.apply(context, wanted(9, [support]));
  expect((await access.apply(context, wanted(9, [support]))).sequence).toBe(sequence);
  expect(await access.apply(context, wanted(1, [person], 'second'))).toMatchObject({
    revision: 1n,
    keyIds: [person.id],
  });
  expect([await keysOf('ops'), await keysOf('tester')]).toEqual([[], ['PERSON']]);
});

test('keys end by this machine’s clock, without a word from anybody, also after the agent was started anew', async () => {
  vi.useFakeTimers({ toFake: ['Date'] });
  await open().apply(context, wanted(1, [{ ...support, expiresAtMs: Date.now() + 3_600_000 }, person]));
  vi.setSystemTime(Date.now() + 3_599_000);
  const access = open();
  await access.look(context);
  expect(await keysOf('tester')).toEqual(['SUPPORT', 'PERSON']);
  vi.setSystemTime(Date.now() + 2000);
  expect(await access.look(context)).toBe(true);
  expect([await keysOf('ops'), await keysOf('tester')]).toEqual([[], ['PERSON']]);
  expect(access.report).toMatchObject({ revision: 1n, keyIds: [person.id] });
});

test('what somebody does to our lines is undone and told; what they do beside them is not', async () => {
  const access = open();
  await access.apply(context, wanted(1, [support]));
  await writeFile(fileOf('ops'), foreign + (await contentOf('ops')));
  expect(await access.look(context)).toBe(false);
  await writeFile(fileOf('ops'), foreign);
  expect(await access.look(context)).toBe(true);
  expect(await keysOf('ops')).toEqual(['FOREIGN', 'SUPPORT']);
  expect(access.report?.accounts.map(({ repairedAt }) => repairedAt !== undefined)).toEqual([true, false]);
  await chmod(fileOf('ops'), 0o666);
  await rm(join(folder, 'tester/.ssh'), { recursive: true });
  await access.look(context);
  expect((await stat(fileOf('ops'))).mode & 0o777).toBe(0o644);
  expect(await keysOf('tester')).toEqual(['SUPPORT']);
});

test('nothing is followed that is a link, and nothing behind it is touched', async () => {
  const access = open();
  const elsewhere = join(folder, 'bystander');
  await writeFile(join(elsewhere, 'secret'), 'secret', { mode: 0o600 });
  await symlink(elsewhere, join(folder, 'ops/.ssh'));
  await mkdir(join(folder, 'tester/.ssh'));
  await chown(join(folder, 'tester/.ssh'), uid, gid);
  await symlink(join(elsewhere, 'secret'), fileOf('tester'));
  await access.apply(context, wanted(1, [support]));
  expect([problemOf(access, 'ops'), problemOf(access, 'tester')]).toEqual([
    expect.stringContaining('link'),
    expect.stringContaining('link'),
  ]);
  expect(access.report?.keyIds).toEqual([]);
  expect(await contentOf('bystander')).toBeUndefined();
  expect((await lstat(fileOf('tester'))).isSymbolicLink()).toBe(true);
  expect(await readFile(join(elsewhere, 'secret'), 'utf8')).toBe('secret');

  // A second name of a file that the account could not read would be shown to it.
  await rm(fileOf('tester'));
  await link(join(elsewhere, 'secret'), fileOf('tester'));
  await rm(join(folder, 'ops/.ssh'));
  await access.look(context);
  expect(problemOf(access, 'ops')).toBe('');
  expect(problemOf(access, 'tester')).toContain('ordinary file');
  await rename(fileOf('tester'), join(folder, 'gone'));
  await access.look(context);
  expect(await keysOf('tester')).toEqual(['SUPPORT']);
});

test.runIf(root)(
  'a home that belongs to somebody else is a problem that is told, and the other accounts are served',
  async () => {
    await chown(join(folder, 'ops'), uid + 1, gid);
    const access = open();
    await access.apply(context, wanted(1, [support]));
    expect(problemOf(access, 'ops')).toContain('belongs to somebody else');
    expect(await keysOf('tester')).toEqual(['SUPPORT']);
  },
);

test('an account that is not named any more is not touched; that it holds keys is told until it is named again', async () => {
  const access = open();
  await access.apply(context, wanted(1, [support]));
  configure({ tester: [] });
  await access.look(context);
  expect([await keysOf('ops'), await keysOf('tester')]).toEqual([['SUPPORT'], []]);
  expect(problemOf(access, 'ops')).toContain('empty list');
  configure({ ops: [], tester: [] });
  await access.look(context);
  configure({});
  await access.look(context);
  expect(await keysOf('ops')).toEqual([]);
  expect(access.report).toMatchObject({ accounts: [], keyIds: [] });
});

test('a machine that leaves takes all keys out again; one that never named an account says nothing', async () => {
  const access = open();
  await access.apply(context, wanted(1, [support, person]));
  await open().clear(context);
  expect([await keysOf('ops'), await keysOf('tester')]).toEqual([[], []]);
  configure({});
  await rm(join(folder, 'machine-access.json'));
  const silent = open();
  expect(await silent.look(context)).toBe(false);
  expect(silent.report).toBeUndefined();
});

test('accounts are looked up where the machine does; one that is not there is a problem with a sentence', async () => {
  expect(await findAccount('root')).toEqual({ name: 'root', uid: 0, gid: 0, home: '/root' });
  await expect(findAccount('no-such-account')).rejects.toThrow('This machine has no account no-such-account');
});
