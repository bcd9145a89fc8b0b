import { execFileSync, spawnSync } from 'node:child_process';
import { appendFileSync, cpSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { readOwnBuild } from '../../host-agent/components/index.ts';

const root = join(import.meta.dirname, '../..');
const directory = mkdtempSync(join(tmpdir(), 'muster-package-'));
const clone = join(directory, 'clone');
afterAll(() => rmSync(directory, { recursive: true }));

const git = (...args: string[]) =>
  execFileSync('git', ['-c', 'user.name=Test', '-c', 'user.email=test@example.com', '-C', clone, ...args], {
    encoding: 'utf8',
  }).trim();

/** Packs the clone as `npm pack` does; answers how that ended and what there is to install. */
function pack() {
  const { status, stderr } = spawnSync('npm', ['pack', '--offline', '--pack-destination', directory], {
    cwd: clone,
    encoding: 'utf8',
    env: { PATH: process.env['PATH'], HOME: directory, npm_config_update_notifier: 'false' },
  });
  return { status, stderr, packages: readdirSync(directory).filter((name) => name.endsWith('.tgz')) };
}

test('our own package says which commit it was built from, and none is made of changes that are in no commit', async () => {
  for (const name of ['package.json', 'package-lock.json', '.gitignore', '.npmignore', 'bin', 'scripts'])
    cpSync(join(root, name), join(clone, name), { recursive: true });
  for (const room of ['cli', 'host-agent', 'proto']) cpSync(join(root, room), join(clone, room), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(clone, 'node_modules'));
  execFileSync('git', ['init', '--quiet', '--initial-branch=main', clone]);
  // A link is no folder, which is what .gitignore names.
  appendFileSync(join(clone, '.git/info/exclude'), 'node_modules\n');
  git('add', '.');
  git('commit', '--quiet', '--message', 'Pack this');

  appendFileSync(join(clone, 'package.json'), '\n');
  const refused = pack();
  expect(refused.status).not.toBe(0);
  expect(refused.stderr).toContain('The tree has changes that are in no commit');
  expect(refused.packages).toEqual([]);

  git('checkout', '--quiet', '.');
  const { status, stderr, packages } = pack();
  expect({ status, stderr }).toMatchObject({ status: 0 });
  expect(packages).toHaveLength(1);
  execFileSync('tar', ['-xzf', packages[0]!], { cwd: directory });
  // As the agent of an installed package reads it.
  const build = await readOwnBuild(join(directory, 'package/host-agent'), new AbortController().signal);
  expect(build).toMatchObject({ sha: git('rev-parse', 'HEAD'), dirty: false, problem: '', worktree: undefined });
  expect(build.builtAt).toBeInstanceOf(Date);
});
