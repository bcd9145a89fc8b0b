import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openTerminal } from '../testing/muster.ts';

let folder: string;
let terminal: ReturnType<typeof openTerminal>;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'muster-build-info-'));
  terminal = openTerminal('http://127.0.0.1:9');
});
afterEach(() => {
  terminal.remove();
  rmSync(folder, { recursive: true });
});

const git = (...args: string[]) =>
  execFileSync('git', ['-c', 'user.name=T', '-c', 'user.email=t@example.com', '-C', folder, ...args], {
    encoding: 'utf8',
  }).trim();
const clone = () => {
  git('init', '-q');
  git('commit', '-q', '--allow-empty', '-m', 'one');
  return git('rev-parse', 'HEAD');
};
const build = (...args: string[]) =>
  terminal.run('build-info', folder, '--out', join(folder, 'build-info.json'), ...args);
const written = (): unknown => JSON.parse(readFileSync(join(folder, 'build-info.json'), 'utf8'));

test('a clean tree gives its commit, and writing the file twice does not make it dirty', async () => {
  const sha = clone();
  expect((await build('--strict')).code).toBe(0);
  expect(await build('--strict')).toMatchObject({ code: 0, stderr: '' });
  expect(written()).toMatchObject({ sha, dirty: false });
});

test('a dirty tree says so, and is refused where that is wanted', async () => {
  const sha = clone();
  writeFileSync(join(folder, 'file'), 'change');
  expect(await build()).toMatchObject({ code: 0, stderr: expect.stringMatching(/changes that are in no commit/) });
  expect(written()).toMatchObject({ sha, dirty: true });
  expect(await build('--strict')).toMatchObject({ code: 1 });
});

test('an unknown commit says so, is refused where that is wanted, and can be told', async () => {
  expect(await build()).toMatchObject({ code: 0, stderr: expect.stringMatching(/^The commit is unknown: /) });
  expect(written()).toMatchObject({ sha: '' });
  expect(await build('--strict')).toMatchObject({ code: 1 });
  expect(await build('--strict', '--commit', 'a'.repeat(40))).toMatchObject({ code: 0, stderr: '' });
  expect(written()).toMatchObject({ sha: 'a'.repeat(40), dirty: false });
  expect(await build('--commit', 'abc1234')).toMatchObject({ code: 2 });
});
