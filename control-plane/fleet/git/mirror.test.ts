import { chmodSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { commit, createRepository, git, temporaryFolder } from '../testing/git-repository.ts';
import { knownCommits, readCommits } from './commits.ts';
import { openMirror, type Mirror } from './mirror.ts';
import { runGit } from './run.ts';

const folder = temporaryFolder();
afterAll(() => folder.remove());
const { signal } = new AbortController();
let upstream = '';
let mirrors = '';
let mirror: Mirror;
let made = 0;
const source = () => ({ transport: 'file', address: upstream }) as const;
const knows = async (...shas: string[]) => shas.length === (await knownCommits(mirror, shas, signal)).size;

beforeEach(() => {
  made += 1;
  upstream = createRepository(join(folder.path, `upstream-${made}`));
  mirrors = join(folder.path, `mirrors-${made}`);
  mirror = openMirror(join(mirrors, 'repo'));
});

test('a mirror follows all branches, and says whether anything was new', async () => {
  const first = commit(upstream, 'One');
  expect(await mirror.update(source(), signal)).toBe(true);
  expect(mirror.branches).toEqual(new Map([['main', first]]));
  expect(await mirror.update(source(), signal)).toBe(false);
  git(upstream, ['checkout', '-q', '-b', 'feature/x']);
  const second = commit(upstream, 'Two');
  expect(await mirror.update(source(), signal)).toBe(true);
  expect(mirror.branches).toEqual(
    new Map([
      ['main', first],
      ['feature/x', second],
    ]),
  );
  expect(await readCommits(mirror, [second], signal)).toMatchObject([{ sha: second, subject: 'Two', author: 'Ada' }]);
});

test('a rewritten branch is followed, and what was rewritten away stays known', async () => {
  const base = commit(upstream, 'Base');
  const lost = commit(upstream, 'Lost');
  await mirror.update(source(), signal);
  git(upstream, ['reset', '-q', '--hard', base]);
  const found = commit(upstream, 'Found');
  await mirror.update(source(), signal);
  expect(mirror.branches?.get('main')).toBe(found);
  expect(await knows(lost, found)).toBe(true);
});

test('a deleted branch is gone, also when another takes its name as a folder', async () => {
  commit(upstream, 'One');
  git(upstream, ['branch', 'topic']);
  await mirror.update(source(), signal);
  git(upstream, ['branch', '-D', 'topic']);
  git(upstream, ['branch', 'topic/deeper']);
  await mirror.update(source(), signal);
  expect([...mirror.branches!.keys()].sort()).toEqual(['main', 'topic/deeper']);
});

test('a mirror goes on after a restart of the server', async () => {
  const sha = commit(upstream, 'One');
  await mirror.update(source(), signal);
  mirror = openMirror(mirror.directory);
  await mirror.update(source(), signal);
  expect(await knows(sha)).toBe(true);
});

test('a broken mirror is made anew', async () => {
  commit(upstream, 'One');
  await mirror.update(source(), signal);
  rmSync(join(mirror.directory, 'objects'), { recursive: true });
  mirror = openMirror(mirror.directory);
  const sha = commit(upstream, 'Two');
  await mirror.update(source(), signal);
  expect(await knows(sha)).toBe(true);
  expect(readdirSync(mirrors)).toEqual(['repo']);
});

test('a mirror that is distrusted is made anew although nothing changed', async () => {
  const sha = commit(upstream, 'One');
  await openMirror(mirror.directory).update(source(), signal);
  rmSync(join(mirror.directory, 'objects'), { recursive: true });
  mkdirSync(join(mirror.directory, 'objects'));
  await mirror.update(source(), signal);
  expect(await knows(sha)).toBe(false);
  mirror.distrust();
  await mirror.update(source(), signal);
  expect(await knows(sha)).toBe(true);
});

test('a shallow clone can be mirrored', async () => {
  commit(upstream, 'One');
  const second = commit(upstream, 'Two');
  const shallow = join(folder.path, `shallow-${made}`);
  git('/', ['clone', '-q', '--depth=1', `file://${upstream}`, shallow]);
  upstream = shallow;
  await mirror.update(source(), signal);
  expect(await knows(second)).toBe(true);
});

test('a repository with the longer object format can be mirrored', async () => {
  upstream = createRepository(join(folder.path, `sha256-${made}`), '--object-format=sha256');
  const sha = commit(upstream, 'One');
  expect(sha).toHaveLength(64);
  await mirror.update(source(), signal);
  expect(await knows(sha)).toBe(true);
});

test('an empty repository and one that is not there say so', async () => {
  await mirror.update(source(), signal);
  expect(mirror.branches).toEqual(new Map());
  upstream = join(folder.path, 'nowhere');
  await expect(mirror.update(source(), signal)).rejects.toMatchObject({ name: 'GitFailure', problem: 'failed' });
});

test('hooks and commands that a repository names are never run', async () => {
  const trace = join(folder.path, `trace-${made}`);
  const hook = `#!/bin/sh\ntouch ${trace}\n`;
  commit(upstream, 'One');
  for (const name of ['reference-transaction', 'post-checkout', 'pre-auto-gc']) {
    writeFileSync(join(upstream, '.git/hooks', name), hook);
    chmodSync(join(upstream, '.git/hooks', name), 0o755);
  }
  for (const key of [
    'core.fsmonitor',
    'uploadpack.packObjectsHook',
    'core.sshCommand',
    'core.pager',
    'core.gitProxy',
  ]) {
    git(upstream, ['config', key, `touch ${trace}`]);
  }
  rmSync(trace, { force: true });
  await mirror.update(source(), signal);
  expect(existsSync(trace)).toBe(false);
});

test('git may only reach out by the transport that it was given', async () => {
  commit(upstream, 'One');
  const trace = join(folder.path, `ext-${made}`);
  const look = (address: string, transport: 'https' | 'ssh' | 'file') =>
    runGit(['ls-remote', '--', address], { signal, timeoutMs: 10_000, transport });
  await expect(look(upstream, 'https')).rejects.toMatchObject({ problem: 'failed' });
  await expect(look(`ext::touch ${trace}`, 'file')).rejects.toMatchObject({ problem: 'failed' });
  expect(existsSync(trace)).toBe(false);
});

test('git is stopped with its children when it takes too long or the server stops', async () => {
  const slow = ['-c', 'alias.wait=!sleep 600', 'wait'];
  await expect(runGit(slow, { signal, timeoutMs: 50 })).rejects.toMatchObject({ problem: 'timeout' });
  await expect(runGit(slow, { signal: AbortSignal.timeout(50), timeoutMs: 10_000 })).rejects.toMatchObject({
    problem: 'canceled',
  });
  await expect(runGit(slow, { signal: AbortSignal.abort(), timeoutMs: 10_000 })).rejects.toMatchObject({
    problem: 'canceled',
  });
});
