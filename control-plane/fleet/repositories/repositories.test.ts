import { Code, ConnectError } from '@connectrpc/connect';
import { existsSync, lchownSync, readdirSync, renameSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { ErrorInfoSchema, Reason } from '#proto/muster/v1/errors_pb.js';
import { parseConfig } from '../../config.ts';
import { eventually, expectEventually } from '../../testing/index.ts';
import { openMirrors } from '../git/mirrors.ts';
import { startFleetBench, stateLine, type FleetBench } from '../testing/fleet.ts';
import { commit, createRepository, git, temporaryFolder } from '../testing/git-repository.ts';
import { openLookout, pauseMs } from './lookout.ts';
import { ensureRepository } from './register.ts';
import { findRepositoryByName } from './store.ts';

let bench: FleetBench;
let upstream = '';
let made = 0;
const fleet = () => bench.plane.admin.clients.fleet;
const find = async (name: string) => (await fleet().listRepositories({})).repositories.find((one) => one.name === name);
const register = async (name: string, branch = '') =>
  (await fleet().registerRepository({ name, url: upstream, branch })).repository!;
const headOf = async (name: string) => (await find(name))?.head?.sha;

beforeAll(async () => {
  bench = await startFleetBench();
});
afterAll(() => bench.stop());
beforeEach(() => {
  upstream = createRepository(join(bench.root, `repository-${(made += 1)}`));
});

test('a registered repository is fetched at once, and followed', async () => {
  const first = commit(upstream, 'Begin');
  const { id, branch, url } = await register('followed');
  expect([branch, url]).toEqual(['main', upstream]);
  await expectEventually(() => headOf('followed'), first);
  const second = commit(upstream, 'Go on');
  await expectEventually(() => headOf('followed'), second);
  expect(await find('followed')).toMatchObject({
    headKnown: true,
    fetchError: '',
    head: { subject: 'Go on', author: 'Ada', url: '' },
  });
  const { heads } = await fleet().listHeads({ repositoryId: id });
  expect(heads.map(({ commit: one, forced }) => [one?.subject, forced])).toEqual([
    ['Go on', false],
    ['Begin', false],
  ]);
});

test('two branches of one address are followed apart, and machines are judged against the one that they name', async () => {
  const begin = commit(upstream, 'Begin');
  git(upstream, ['branch', 'release']);
  await register('of-main');
  await register('of-release', 'release');
  await expectEventually(async () => [await headOf('of-main'), await headOf('of-release')], [begin, begin]);
  const host = await bench.addHost('branches');
  await bench.report(
    host,
    { component: 'web', repository: 'of-main', runningSha: begin },
    { component: 'shop', repository: 'of-release', runningSha: begin },
  );
  const next = commit(upstream, 'Only on main');
  await expectEventually(() => headOf('of-main'), next);
  const line = async () => stateLine((await fleet().getFleet({})).hosts.find(({ hostId }) => hostId === host));
  expect(await line()).toBe('branches: shop CURRENT, web BEHIND');
  git(upstream, ['branch', '-q', '-f', 'release', next]);
  await expectEventually(() => headOf('of-release'), next);
  expect(await line()).toBe('branches: shop BEHIND, web BEHIND');
});

test('a force-push is recorded as what it is', async () => {
  const base = commit(upstream, 'Base');
  const { id } = await register('rewritten');
  await expectEventually(() => headOf('rewritten'), base);
  const lost = commit(upstream, 'Lost');
  await expectEventually(() => headOf('rewritten'), lost);
  git(upstream, ['reset', '-q', '--hard', base]);
  const found = commit(upstream, 'Found');
  await expectEventually(() => headOf('rewritten'), found);
  git(upstream, ['reset', '-q', '--hard', base]);
  await expectEventually(() => headOf('rewritten'), base);
  const { heads } = await fleet().listHeads({ repositoryId: id });
  expect(heads.map(({ commit: one, forced }) => [one?.subject, forced])).toEqual([
    ['Base', true],
    ['Found', true],
    ['Lost', false],
    ['Base', false],
  ]);
});

test('heads come in pages, and a page token of another list is refused', async () => {
  const shas = [commit(upstream, '1')];
  const { id } = await register('paged');
  await expectEventually(() => headOf('paged'), shas[0]);
  for (const subject of ['2', '3']) {
    shas.push(commit(upstream, subject));
    await expectEventually(() => headOf('paged'), shas.at(-1));
  }
  const first = await fleet().listHeads({ repositoryId: id, pageSize: 2 });
  const second = await fleet().listHeads({ repositoryId: id, pageSize: 2, pageToken: first.nextPageToken });
  expect([...first.heads, ...second.heads].map((head) => head.commit?.sha)).toEqual(shas.toReversed());
  expect(second.nextPageToken).toBe('');
  const names = await fleet().listRepositories({ pageSize: 1 });
  await expect(fleet().listHeads({ repositoryId: id, pageToken: names.nextPageToken })).rejects.toMatchObject({
    code: Code.InvalidArgument,
  });
  await expect(fleet().listHeads({ repositoryId: 'repo000000000000' })).rejects.toMatchObject({ code: Code.NotFound });
});

test('a branch that is deleted, and a repository that is gone, say so and recover', async () => {
  const sha = commit(upstream, 'One');
  await register('gone');
  await expectEventually(() => headOf('gone'), sha);
  git(upstream, ['checkout', '-q', '-b', 'other']);
  git(upstream, ['branch', '-q', '-D', 'main']);
  await expectEventually(async () => (await find('gone'))?.fetchError, 'There is no branch main in it.');
  git(upstream, ['branch', 'main']);
  await expectEventually(async () => (await find('gone'))?.fetchError, '');
  renameSync(upstream, `${upstream}.away`);
  await eventually(
    () => find('gone'),
    (one) => expect(one?.fetchError).toContain('There is no git repository'),
  );
  expect(await find('gone')).toMatchObject({ headKnown: true, head: { sha } });
  await bench.plane.services
    .pool`update repositories set fetched_at = now() - interval '6 minutes' where name = 'gone'`;
  expect(await find('gone')).toMatchObject({ headKnown: false, head: { sha } });
  renameSync(`${upstream}.away`, upstream);
  await expectEventually(async () => (await find('gone'))?.headKnown, true);
});

test('two replicas record each head once, and never go back to an older one', async () => {
  const shas = [commit(upstream, '0')];
  const { id } = await register('raced');
  const second = await bench.plane.startReplica({ MUSTER_DATA_DIR: join(bench.root, 'second-data') });
  await expectEventually(() => headOf('raced'), shas[0]);
  for (let number = 1; number <= 8; number += 1) {
    shas.push(commit(upstream, String(number)));
    await expectEventually(() => headOf('raced'), shas.at(-1));
  }
  const { heads } = await fleet().listHeads({ repositoryId: id });
  expect(heads.map(({ forced }) => forced)).not.toContain(true);
  expect(heads.map((head) => head.commit?.sha)).toEqual(shas.toReversed());
  await second.stop(100);
});

test('a repository that is removed leaves nothing behind but its audit', async () => {
  commit(upstream, 'One');
  const { id } = await register('removed');
  const mirrors = join(bench.plane.dataDir, 'mirrors');
  const mine = () => existsSync(mirrors) && readdirSync(mirrors).some((name) => name.startsWith(id));
  await expectEventually(mine, true);
  await fleet().deleteRepository({ repositoryId: id });
  await expectEventually(mine, false);
  await expect(fleet().deleteRepository({ repositoryId: id })).rejects.toMatchObject({ code: Code.NotFound });
  const rows = await bench.plane.services.pool<
    { action: string; actor: string }[]
  >`select action, actor from audit_events where target = ${id} order by id`;
  expect(rows.map(({ action, actor }) => [action, actor])).toEqual([
    ['repository.register', `user:${bench.plane.admin.id}`],
    ['repository.delete', `user:${bench.plane.admin.id}`],
    // The attempt on what was gone by then.
    ['repository.manage', `user:${bench.plane.admin.id}`],
  ]);
});

test('what may not be registered is refused, and the field is named', async () => {
  commit(upstream, 'One');
  await register('taken');
  const refused = async (request: { name: string; url: string; branch?: string }) =>
    fleet()
      .registerRepository(request)
      .catch((error: unknown) => detailOf(error));
  expect(await refused({ name: 'taken', url: upstream })).toMatchObject({ reason: Reason.NAME_TAKEN, field: 'name' });
  expect(await refused({ name: 'x', url: 'ext::sh -c id' })).toMatchObject({
    reason: Reason.URL_NOT_ALLOWED,
    field: 'url',
  });
  expect(await refused({ name: 'x', url: '/etc' })).toMatchObject({ reason: Reason.URL_NOT_ALLOWED, field: 'url' });
  expect(await refused({ name: 'x', url: `${bench.root}/../../etc` })).toMatchObject({
    reason: Reason.URL_NOT_ALLOWED,
    field: 'url',
  });
  expect(await refused({ name: 'x', url: upstream, branch: 'a..b' })).toMatchObject({
    reason: Reason.INVALID_FIELD,
    field: 'branch',
  });
  expect(await refused({ name: 'No Name', url: upstream })).toMatchObject({
    reason: Reason.INVALID_FIELD,
    field: 'name',
  });
  await expect(bench.plane.other.clients.fleet.registerRepository({ name: 'x', url: upstream })).rejects.toMatchObject({
    code: Code.PermissionDenied,
  });
  await expect(bench.plane.anonymous.fleet.listRepositories({})).rejects.toMatchObject({ code: Code.Unauthenticated });
  expect((await bench.plane.other.clients.fleet.listRepositories({})).repositories.map(({ name }) => name)).toContain(
    'taken',
  );
});

test("a path that is replaced by a way out of the roots is not followed, and a stranger's repository below a root is read", async () => {
  const sha = commit(upstream, 'One');
  chownTree(upstream, 65_534);
  await register('swapped');
  await expectEventually(() => headOf('swapped'), sha);
  const outside = temporaryFolder();
  renameSync(upstream, join(outside.path, 'app'));
  symlinkSync(join(outside.path, 'app'), upstream);
  await eventually(
    () => find('swapped'),
    (one) => expect(one?.fetchError).toContain('There is no git repository'),
  );
  outside.remove();
});

test('a commit that nobody knows makes the lookout look again before its time', async () => {
  const first = commit(upstream, 'One');
  await register('hastened');
  const { context, services, dataDir } = bench.plane;
  const patient = { ...context, config: { ...services.config, localRepositoryPollMs: 3_600_000 } };
  const mirrors = openMirrors(join(dataDir, 'other-mirrors'));
  const lookout = openLookout(mirrors, () => {}, { leastMs: 0 });
  const repository = (await findRepositoryByName(context.sql, 'hastened'))!;
  await lookout.look(patient, repository);
  expect(mirrors.of(repository).branches?.get('main')).toBe(first);
  const second = commit(upstream, 'Two');
  lookout.hasten(patient, repository);
  await expectEventually(() => mirrors.of(repository).branches?.get('main'), second);
  await lookout.close();
});

test('a repository is polled every 60 seconds, 20 % more or less, and one of this machine as often as is said', () => {
  const config = parseConfig({ DATABASE_URL: 'postgres://127.0.0.1/x' });
  const remote = { url: 'https://git.example/app.git' };
  const seconds = [0, 0.5, 1].map((chance) => pauseMs({ config }, remote, chance) / 1000);
  expect(seconds.map((one) => Math.round(one * 10) / 10)).toEqual([48, 60, 72]);
  expect(pauseMs({ config }, { url: '/srv/git/app' }, 1)).toBe(config.localRepositoryPollMs);
});

test('what runs at every start finds the repository as it is, and follows it when it moves', async () => {
  git(upstream, ['checkout', '-q', '-b', 'trunk']);
  commit(upstream, 'One');
  const context = { ...bench.plane.context };
  const first = await ensureRepository(context, { name: 'own', url: upstream });
  expect(first.branch).toBe('trunk');
  expect(await ensureRepository(context, { name: 'own', url: `${upstream}/` })).toMatchObject({
    id: first.id,
    url: upstream,
  });
  const moved = `${upstream}-moved`;
  renameSync(upstream, moved);
  const sha = commit(moved, 'Two');
  expect(await ensureRepository(context, { name: 'own', url: moved })).toMatchObject({ id: first.id, url: moved });
  await expectEventually(() => headOf('own'), sha);
  const rows = await bench.plane.services.pool<
    { action: string }[]
  >`select action from audit_events where target = ${first.id} order by id`;
  expect(rows.map(({ action }) => action)).toEqual(['repository.register', 'repository.move']);
});

/** The ErrorInfo of a refused call. */
function detailOf(error: unknown): unknown {
  return error instanceof ConnectError ? error.findDetails(ErrorInfoSchema)[0] : error;
}

function chownTree(directory: string, owner: number): void {
  for (const entry of readdirSync(directory, { recursive: true, encoding: 'utf8' }))
    lchownSync(join(directory, entry), owner, owner);
  lchownSync(directory, owner, owner);
}
