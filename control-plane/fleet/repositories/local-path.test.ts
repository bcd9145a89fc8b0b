import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { localRepository } from './local-path.ts';

const base = realpathSync(mkdtempSync(join(tmpdir(), 'muster-paths-')));
const root = join(base, 'root');
const git = (...args: string[]) => execFileSync('git', args, { stdio: 'pipe' });

beforeAll(() => {
  for (const place of ['root/app', 'root/bare.git', 'outside']) mkdirSync(join(base, place), { recursive: true });
  git('init', '-q', join(root, 'app'));
  git('init', '-q', '--bare', join(root, 'bare.git'));
  git('init', '-q', join(base, 'outside'));
  mkdirSync(join(base, 'root-beside'));
  git('init', '-q', join(base, 'root-beside'));
  mkdirSync(join(root, 'empty'));
  writeFileSync(join(root, 'file'), '');
});
afterAll(() => rmSync(base, { recursive: true }));

test('a working repository and a bare one below a root are taken, by their true path', async () => {
  expect(await localRepository(join(root, 'app'), [root])).toBe(join(root, 'app'));
  expect(await localRepository(join(root, 'bare.git'), [root])).toBe(join(root, 'bare.git'));
  expect(await localRepository(root + '/app', [root + '/'])).toBe(join(root, 'app'));
});

test('a symbolic link inside of the root is followed', async () => {
  symlinkSync(join(root, 'app'), join(root, 'linked'));
  expect(await localRepository(join(root, 'linked'), [root])).toBe(join(root, 'app'));
});

test('what lies elsewhere is refused, whatever the way that leads there', async () => {
  symlinkSync(join(base, 'outside'), join(root, 'way-out'));
  mkdirSync(join(root, 'pointer'));
  writeFileSync(join(root, 'pointer/.git'), `gitdir: ${join(base, 'outside/.git')}\n`);
  mkdirSync(join(root, 'link-inside'));
  symlinkSync(join(base, 'outside/.git'), join(root, 'link-inside/.git'));
  git('init', '-q', '--bare', join(root, 'borrowing.git'));
  writeFileSync(join(root, 'borrowing.git/objects/info/alternates'), `${join(base, 'outside/.git/objects')}\n`);
  git('init', '-q', '--bare', join(root, 'linked-objects.git'));
  rmSync(join(root, 'linked-objects.git/objects'), { recursive: true });
  symlinkSync(join(base, 'outside/.git/objects'), join(root, 'linked-objects.git/objects'));
  const places = [
    'way-out',
    'pointer',
    'link-inside',
    'borrowing.git',
    'linked-objects.git',
    'empty',
    'file',
    'nothing',
    '../outside',
    '../root-beside',
  ];
  for (const place of places) {
    await expect(localRepository(join(root, place), [root])).rejects.toThrow('There is no git repository');
  }
});

test('without roots, and with roots that are not there, nothing is taken', async () => {
  await expect(localRepository(join(root, 'app'), [])).rejects.toThrow('MUSTER_REPOSITORY_ROOTS');
  await expect(localRepository(join(root, 'app'), [join(base, 'nowhere')])).rejects.toThrow(
    'There is no git repository',
  );
});

test('a linked working tree is taken when its repository lies below a root too', async () => {
  const settings = ['-c', 'user.name=A', '-c', 'user.email=a@example.com'];
  git('-C', join(root, 'app'), ...settings, 'commit', '-q', '--allow-empty', '-m', 'one');
  git('-C', join(root, 'app'), 'worktree', 'add', '-q', join(root, 'tree'));
  expect(await localRepository(join(root, 'tree'), [root])).toBe(join(root, 'tree'));
  git('-C', join(root, 'app'), 'worktree', 'add', '-q', join(base, 'tree-outside'));
  await expect(localRepository(join(base, 'tree-outside'), [join(base, 'tree-outside')])).rejects.toThrow(
    'There is no git repository',
  );
});
