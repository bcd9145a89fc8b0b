import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { openDataDir } from './open.ts';

const folder = mkdtempSync(join(tmpdir(), 'muster-data-dir-'));
afterAll(() => rmSync(folder, { recursive: true }));

test('a data directory is for its owner alone, and for one Muster at a time', async () => {
  const path = join(folder, 'new', 'one');
  const first = await openDataDir(path);
  expect(statSync(path).mode & 0o777).toBe(0o700);
  await expect(openDataDir(path)).rejects.toThrow(`Another Muster (process ${process.pid}) runs on ${path}.`);
  await first.close();
  await (await openDataDir(path)).close();
});

test('a directory that holds something else is left alone', async () => {
  const path = join(folder, 'theirs');
  mkdirSync(path);
  writeFileSync(join(path, 'thesis.tex'), '');
  await expect(openDataDir(path)).rejects.toThrow('is not empty and holds no Muster');
});
