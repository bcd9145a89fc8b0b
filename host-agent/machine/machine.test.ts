import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openDataDir } from './data-dir.ts';
import { bytesBelow } from './disk.ts';
import { claimIdRange } from './id-range.ts';
import { takeLock } from './lock.ts';

let directory: string;
beforeEach(async () => void (directory = await mkdtemp(join(tmpdir(), 'muster-machine-'))));
afterEach(() => rm(directory, { recursive: true }));

test('a second agent on one data directory is told who has it', async () => {
  const first = await openDataDir(join(directory, 'data'));
  await expect(openDataDir(join(directory, 'data'))).rejects.toThrow(new RegExp(`process ${process.pid}\\) uses`));
  await first.close();
  const second = await openDataDir(join(directory, 'data'));
  await second.close();
});

test('the death of an agent frees its data directory, however it dies', async () => {
  const module_ = new URL('data-dir.ts', import.meta.url).href;
  const script = `const { openDataDir } = await import('${module_}'); await openDataDir(process.argv[1]); console.log('open'); setInterval(() => {}, 1000);`;
  const path = join(directory, 'data');
  const child = spawn(process.execPath, ['--input-type=module', '-e', script, path], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(child.stdout, 'data');
  await expect(openDataDir(path)).rejects.toThrow(/Another muster-agent/);
  child.kill('SIGKILL');
  await once(child, 'exit');
  const data = await openDataDir(path);
  await data.close();
});

test('a directory that cannot be made says so', async () => {
  await expect(openDataDir('/dev/null/data')).rejects.toThrow(/The data directory \/dev\/null\/data cannot be made/);
});

test('each data directory has its own range of ids, the same one at every start', async () => {
  const claim = (name: string) => claimIdRange(directory, join(directory, name));
  const [one, two] = [await claim('one'), await claim('two')];
  expect(two - one).toBe(1024 * 65_536);
  expect(await claim('one')).toBe(one);
});

test('agents that start at once never share a range, and the ranges of data directories that are gone are given away last', async () => {
  const names = Array.from({ length: 20 }, (_, index) => join(directory, `gone-${index}`));
  const claimed = await Promise.all(names.map((name) => claimIdRange(directory, name)));
  expect(new Set(claimed).size).toBe(20);
  expect(Math.max(...claimed) + 1024 * 65_536).toBeLessThanOrEqual(1_879_048_192);
  // None of these directories exists, so a new one takes the first.
  expect(claimed).toContain(await claimIdRange(directory, directory));
});

test('what volumes of sandboxes hold is counted; what lies deeper belongs to guests', async () => {
  await mkdir(join(directory, 'live/sbx-1/root/home'), { recursive: true });
  const content = Buffer.alloc(1024 * 1024, 1);
  await writeFile(join(directory, 'live/sbx-1/volume'), content);
  await writeFile(join(directory, 'live/sbx-1/root/home/file'), content);
  expect(await bytesBelow(directory, 3)).toBe(content.length);
  expect(await bytesBelow(join(directory, 'nowhere'), 3)).toBe(0);
});

test('a lock that is held is not waited for longer than asked', async () => {
  const lock = await takeLock(join(directory, 'lock'), 0);
  expect(await takeLock(join(directory, 'lock'), 0)).toBeUndefined();
  await lock?.release();
});
