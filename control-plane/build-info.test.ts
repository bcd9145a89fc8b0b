import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readBuildInfo } from './build-info.ts';

let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'muster-own-build-'))));
afterEach(() => rmSync(folder, { recursive: true }));

const git = (...args: string[]) =>
  execFileSync('git', ['-c', 'user.name=T', '-c', 'user.email=t@example.com', '-C', folder, ...args], {
    encoding: 'utf8',
  }).trim();
/** A tree of ours: with its package.json, and with what a build has baked in, perhaps. */
const place = (root: string, baked?: string) => {
  mkdirSync(root, { recursive: true });
  writeFileSync(join(root, 'package.json'), JSON.stringify({ version: '1.2.3' }));
  if (baked) writeFileSync(join(root, 'build-info.json'), JSON.stringify({ sha: baked }));
  return root;
};

test('in a clone it is the commit of the clone; outside, what was baked in; else unknown', async () => {
  expect(await readBuildInfo(place(folder))).toEqual({ version: '1.2.3', commitSha: '' });
  expect(await readBuildInfo(place(folder, 'b'.repeat(40)))).toEqual({ version: '1.2.3', commitSha: 'b'.repeat(40) });
  git('init', '-q');
  git('add', 'package.json');
  git('commit', '-q', '-m', 'Ours');
  expect((await readBuildInfo(folder)).commitSha).toBe(git('rev-parse', 'HEAD'));
});

test("a package in somebody else's repository does not say that one's commit", async () => {
  git('init', '-q');
  git('commit', '-q', '--allow-empty', '-m', 'Theirs');
  const installed = join(folder, 'node_modules/muster');
  expect((await readBuildInfo(place(installed))).commitSha).toBe('');
  expect((await readBuildInfo(place(installed, 'c'.repeat(40)))).commitSha).toBe('c'.repeat(40));
});
