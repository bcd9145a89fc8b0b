import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { BlankVolumes } from './volumes.ts';

let directory: string;
beforeEach(() => void (directory = mkdtempSync(join(tmpdir(), 'muster-blanks-'))));
afterEach(() => rmSync(directory, { recursive: true, force: true }));

test('a blank volume has its size, takes next to nothing, and is made once', async () => {
  const blanks = new BlankVolumes(directory);
  const [path, same] = await Promise.all([blanks.get(2048), blanks.get(2048)]);
  expect(same).toBe(path);
  const facts = statSync(path);
  expect(facts.size).toBe(2048 * 1024 * 1024);
  expect(facts.blocks * 512).toBeLessThan(2 * 1024 * 1024);
  expect(readdirSync(directory)).toEqual(['2048.ext4']);
});

test('many sizes do not pile up', async () => {
  const blanks = new BlankVolumes(directory);
  for (let size = 16; size < 16 + 70; size += 1) await blanks.get(size);
  expect(readdirSync(directory).length).toBeLessThanOrEqual(64);
  expect(readdirSync(directory)).toContain('85.ext4');
});
