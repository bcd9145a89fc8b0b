import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { timestampDate, type Timestamp } from '@bufbuild/protobuf/wkt';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { BuildSource } from '#proto/muster/v1/fleet_pb.js';
import { eventually } from '../testing/eventually.ts';
import { testContext } from '../testing/test-agent.ts';
import { ConfigFile } from './config-file.ts';
import { readOwnBuild, type OwnBuild } from './own-build.ts';
import { ComponentWatch } from './watch.ts';

let directory: string;
let pids: number[];
const context = testContext();

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'muster-components-'));
  pids = [];
});
afterEach(() => {
  for (const pid of pids) process.kill(pid, 'SIGKILL');
  rmSync(directory, { recursive: true });
});

const author = ['-c', 'user.name=Test', '-c', 'user.email=test@example.com'];
const git = (path: string, ...args: string[]) =>
  execFileSync('git', [...author, '-C', path, ...args], { encoding: 'utf8' }).trim();

const commit = (path: string, text: string, date = new Date()): string => {
  writeFileSync(join(path, 'file'), text);
  git(path, 'add', '.');
  execFileSync('git', [...author, '-C', path, 'commit', '--quiet', '--message', text], {
    env: { ...process.env, GIT_COMMITTER_DATE: date.toISOString() },
  });
  return git(path, 'rev-parse', 'HEAD');
};

/** A repository whose first commit is an hour old. */
const makeRepository = (name = 'web'): { path: string; first: string } => {
  const path = join(directory, name);
  execFileSync('git', ['init', '--quiet', '--initial-branch=main', path]);
  return { path, first: commit(path, 'one', new Date(Date.now() - 3_600_000)) };
};

const own: OwnBuild = {
  version: '1',
  sha: 'f'.repeat(40),
  dirty: false,
  builtAt: undefined,
  startedAt: new Date(0),
  worktree: undefined,
  problem: '',
};

const watchComponents = (...components: unknown[]): ComponentWatch => {
  const path = join(directory, 'agent.json');
  writeFileSync(path, JSON.stringify({ components }));
  return new ComponentWatch(new ConfigFile(path), own);
};
const look = async (watch: ComponentWatch, name = 'web') => {
  await watch.look(context);
  return watch.reports.find(({ component }) => component === name);
};
const worktree = (path: string, process?: object) => ({
  name: 'web',
  repository: 'web',
  probe: { kind: 'worktree', path, process },
});
const file = (path: string, process?: object) => ({
  name: 'web',
  repository: 'web',
  probe: { kind: 'file', path, process },
});

/** A process with a pid file, started now. */
const startProcess = (): { pid_file: string } => {
  const child = spawn('sleep', ['1000'], { stdio: 'ignore' });
  const { pid } = child;
  if (pid === undefined) throw new Error('sleep did not start');
  pids.push(pid);
  const path = join(directory, `${pid}.pid`);
  writeFileSync(path, `${pid}\n`);
  return { pid_file: path };
};
/** Until what starts or is written now is certainly younger than all that is there: starts are known in ticks of 10 ms. */
const nextTick = () => new Promise((resolve) => setTimeout(resolve, 40));
const dateOf = (timestamp: unknown) => timestampDate(timestamp as Timestamp).getTime(); // reports carry nothing else

test('a working tree shows its commit, and that it has moved on', async () => {
  const { path, first } = makeRepository();
  const watch = watchComponents(worktree(path));
  expect(await look(watch)).toMatchObject({
    runningSha: first,
    worktreeSha: first,
    dirty: false,
    buildSource: BuildSource.WORKTREE,
    startedAt: undefined,
  });
  const second = commit(path, 'two');
  expect(await look(watch)).toMatchObject({ runningSha: second, worktreeSha: second });
});

test('changed and unknown files are dirt; what git ignores is not', async () => {
  const { path } = makeRepository();
  const watch = watchComponents(worktree(path));
  expect(await look(watch)).toMatchObject({ dirty: false });
  writeFileSync(join(path, 'file'), 'changed');
  await eventually('it is dirty', async () => (await look(watch))?.dirty);
  git(path, 'checkout', '--quiet', '.');
  await eventually('it is clean', async () => (await look(watch))?.dirty === false);
  writeFileSync(join(path, 'new'), 'new');
  await eventually('it is dirty', async () => (await look(watch))?.dirty);
  writeFileSync(join(path, '.git/info/exclude'), 'new\n');
  await eventually('it is clean', async () => (await look(watch))?.dirty === false);
});

test.each([
  ['packed refs', (path: string) => git(path, 'pack-refs', '--all')],
  ['a detached head', (path: string) => git(path, 'checkout', '--quiet', '--detach')],
  ['a branch with slashes', (path: string) => git(path, 'checkout', '--quiet', '-b', 'feature/a/b')],
])('the head is read with %s', async (_, prepare) => {
  const { path, first } = makeRepository();
  prepare(path);
  expect(await look(watchComponents(worktree(path)))).toMatchObject({ runningSha: first });
});

test('a linked working tree is read like any other', async () => {
  const { path, first } = makeRepository();
  const linked = join(directory, 'linked');
  git(path, 'worktree', 'add', '--quiet', '-b', 'other', linked);
  const watch = watchComponents(worktree(linked));
  expect(await look(watch)).toMatchObject({ runningSha: first });
  const second = commit(linked, 'two');
  expect(await look(watch)).toMatchObject({ runningSha: second });
});

test('a process that is older than the checkout still runs the old commit', async () => {
  const { path, first } = makeRepository();
  await nextTick();
  const running = startProcess();
  const watch = watchComponents(worktree(path, running));
  const before = await look(watch);
  expect(before).toMatchObject({ runningSha: first, worktreeSha: first });
  expect(dateOf(before?.startedAt)).toBeGreaterThan(dateOf(before?.builtAt));

  await nextTick();
  const second = commit(path, 'two');
  const pending = await look(watch);
  expect(pending).toMatchObject({ runningSha: first, worktreeSha: second });
  expect(dateOf(pending?.startedAt)).toBeLessThan(dateOf(pending?.builtAt));
  // Another agent, which has seen nothing, says the same: it stands in git's own history.
  expect(await look(watchComponents(worktree(path, running)))).toMatchObject({ runningSha: first });

  await nextTick();
  const restarted = watchComponents(worktree(path, startProcess()));
  expect(await look(restarted)).toMatchObject({ runningSha: second, worktreeSha: second });
});

test('a build-info file shows its build; a process that is older than it runs what was there before', async () => {
  const path = join(directory, 'build-info.json');
  const [first, second] = ['a'.repeat(40), 'b'.repeat(40)];
  writeFileSync(path, JSON.stringify({ sha: first, dirty: true, built_at: '2026-01-31T12:00:00Z' }));
  await nextTick();
  const watch = watchComponents(file(path, startProcess()));
  const before = await look(watch);
  expect(before).toMatchObject({ runningSha: first, dirty: true, buildSource: BuildSource.FILE });
  expect(dateOf(before?.builtAt)).toBe(Date.parse('2026-01-31T12:00:00Z'));

  await nextTick();
  writeFileSync(path, JSON.stringify({ sha: second, built_at: '2026-01-31T13:00:00Z' }));
  const pending = await look(watch);
  expect(pending).toMatchObject({ runningSha: first, worktreeSha: second, dirty: true });
  expect(dateOf(pending?.builtAt)).toBeGreaterThan(dateOf(pending?.startedAt));
});

test.each([
  ['a file that is gone', () => file('/nonexistent/build-info.json'), /does not exist/],
  ['a directory in its place', () => file(directory), /is not a file/],
  ['text that is not JSON', () => file(writeText('{"sha": ')), /is not JSON/],
  ['JSON without a commit', () => file(writeText('{"version": 1}')), /lacks "sha"/],
  ['a file that is too large', () => file(writeText(' '.repeat(100_000))), /larger than 64 KiB/],
  ['a path that is no working tree', () => worktree(directory), /not a git repository/],
  ['a path that is gone', () => worktree('/nonexistent'), /does not exist/],
  [
    'a pid file that is gone',
    () => file(writeText('{"sha":"a"}'), { pid_file: '/nonexistent.pid' }),
    /the process does not run/,
  ],
  [
    'a pid file without a process',
    () => file(writeText('{"sha":"a"}'), { pid_file: writeText('4194303', 'pid') }),
    /does not run/,
  ],
  [
    'a pid file with nonsense',
    () => file(writeText('{"sha":"a"}'), { pid_file: writeText('x', 'pid') }),
    /holds no process id/,
  ],
])('%s is a failed probe, in its own words', async (_, component, words) => {
  const report = await look(watchComponents(component()));
  expect(report?.probeError).toMatch(words);
  expect(report?.runningSha ?? '').toBe('');
});

test('a probe that fails never shows its last value, and recovers', async () => {
  const { path, first } = makeRepository();
  const watch = watchComponents(worktree(path));
  expect(await look(watch)).toMatchObject({ runningSha: first });
  renameSync(path, `${path}-away`);
  const failed = await look(watch);
  expect(failed?.probeError).not.toBe('');
  expect(failed?.runningSha ?? '').toBe('');
  renameSync(`${path}-away`, path);
  expect(await look(watch)).toMatchObject({ runningSha: first });
});

test('nothing that a repository brings along is run', async () => {
  const { path } = makeRepository();
  const mark = join(directory, 'was-run');
  const script = join(directory, 'evil');
  writeFileSync(script, `#!/bin/sh\ntouch ${mark}\n`);
  chmodSync(script, 0o755);
  git(path, 'config', 'core.fsmonitor', script);
  for (const hook of ['post-index-change', 'reference-transaction', 'post-checkout']) {
    mkdirSync(join(path, '.git/hooks'), { recursive: true });
    writeFileSync(join(path, '.git/hooks', hook), `#!/bin/sh\ntouch ${mark}\n`, { mode: 0o755 });
  }
  utimesSync(join(path, 'file'), new Date(), new Date());
  expect(await look(watchComponents(worktree(path)))).toMatchObject({ dirty: false });
  expect(existsSync(mark)).toBe(false);
});

test.runIf(process.getuid?.() === 0)(
  "a working tree of another user is looked at with that user's rights",
  async () => {
    const { path, first } = makeRepository();
    const seen = join(directory, 'uid');
    execFileSync('chown', ['-R', '12345:12345', path, directory]);
    // A filter runs when git compares a file: it must not run as root.
    execFileSync('git', [
      '-C',
      path,
      '-c',
      'safe.directory=*',
      'config',
      'filter.spy.clean',
      `sh -c 'id -u > ${seen}; cat'`,
    ]);
    writeFileSync(join(path, '.git/info/attributes'), '* filter=spy\n');
    writeFileSync(join(path, 'file'), 'two');
    expect(await look(watchComponents(worktree(path)))).toMatchObject({ runningSha: first, dirty: true });
    expect(execFileSync('cat', [seen], { encoding: 'utf8' })).toBe('12345\n');
  },
);

test('the agent reports what it was built from, read once, and what lies on disk now', async () => {
  const { path, first } = makeRepository('muster');
  mkdirSync(join(path, 'host-agent'));
  writeFileSync(join(path, 'host-agent/main.ts'), '');
  const second = commit(path, 'two');
  const build = await readOwnBuild(join(path, 'host-agent'), context.signal);
  expect(build).toMatchObject({ sha: second, dirty: false, problem: '' });
  git(path, 'checkout', '--quiet', first);
  const watch = new ComponentWatch(new ConfigFile(join(directory, 'none.json')), build);
  expect(await look(watch, 'muster-agent')).toMatchObject({
    repository: 'muster',
    runningSha: second,
    worktreeSha: first,
    buildSource: BuildSource.BAKED,
  });
});

test('a build-info file beside the agent counts more than a clone around it', async () => {
  const { path } = makeRepository('muster');
  writeFileSync(join(path, 'build-info.json'), JSON.stringify({ sha: 'c'.repeat(40) }));
  expect(await readOwnBuild(path, context.signal)).toMatchObject({ sha: 'c'.repeat(40), worktree: undefined });
});

test('an agent of a package that no clone is around reports what was baked in beside package.json', async () => {
  const agent = join(directory, 'host-agent');
  mkdirSync(agent);
  expect((await readOwnBuild(agent, context.signal)).problem).toContain('carries no build-info.json');
  const info = { sha: 'd'.repeat(40), dirty: true, built_at: '2026-01-31T12:00:00Z' };
  writeText(JSON.stringify(info), 'build-info.json');
  expect(await readOwnBuild(agent, context.signal)).toMatchObject({
    sha: info.sha,
    dirty: true,
    builtAt: new Date(info.built_at),
    worktree: undefined,
    problem: '',
  });
});

test("an agent that was installed into somebody else's repository does not report that one's commit", async () => {
  const { path } = makeRepository();
  const installed = join(path, 'node_modules/muster/host-agent');
  mkdirSync(installed, { recursive: true });
  writeFileSync(join(installed, 'main.ts'), '');
  const build = await readOwnBuild(installed, context.signal);
  expect(build).toMatchObject({ sha: '', worktree: undefined });
  expect(build.problem).toContain('is in no clone of its own');
});

test('the config file is read again when it changes; one that is broken changes nothing', async () => {
  const { path } = makeRepository();
  const watch = watchComponents();
  expect(await look(watch)).toBeUndefined();
  const config = join(directory, 'agent.json');
  writeFileSync(config, JSON.stringify({ components: [worktree(path)] }));
  expect(await watch.look(context)).toBe(true);
  expect(await look(watch)).toBeDefined();
  writeFileSync(config, '{"components": [');
  expect(await watch.look(context)).toBe(false);
  expect(await look(watch)).toBeDefined();
  expect(context.text()).toContain('What it said before stays in force');
  rmSync(config);
  expect(await watch.look(context)).toBe(true);
  expect(await look(watch)).toBeUndefined();
});

function writeText(text: string, name = 'info.json'): string {
  const path = join(directory, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  return path;
}

test('the digest of what a process was started from is told; not of what came there afterwards', async () => {
  const artifact = join(directory, 'app.tar');
  writeFileSync(artifact, 'built by CI');
  await nextTick();
  const digest = createHash('sha256').update('built by CI').digest('hex');
  const { path } = makeRepository();
  await nextTick();
  const component = worktree(path, startProcess());
  const watch = watchComponents({ ...component, artifact });
  expect(await look(watch)).toMatchObject({ artifactSha256: digest });
  await nextTick();
  writeFileSync(artifact, 'replaced while it runs');
  expect(await look(watch)).toMatchObject({ artifactSha256: '' });
  rmSync(artifact);
  expect((await look(watch))?.probeError).toBe(`The artifact ${artifact} cannot be read (ENOENT).`);
  expect(await look(watchComponents(component))).toMatchObject({ artifactSha256: '' });
  // Where nobody knows when the process was started, it may be older than what lies there.
  writeFileSync(artifact, 'built by CI');
  const started = watchComponents({ ...worktree(path), artifact });
  expect(await look(started)).toMatchObject({ artifactSha256: '', noProcess: false });
  const files = { ...worktree(path), artifact };
  Object.assign(files.probe, { process: 'none' });
  expect(await look(watchComponents(files))).toMatchObject({ artifactSha256: digest, noProcess: true });
});
