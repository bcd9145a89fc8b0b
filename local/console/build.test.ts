import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { root } from '../root.ts';
import { buildConsole } from './build.ts';

const clone = mkdtempSync(join(tmpdir(), 'muster-console-'));
afterAll(() => rmSync(clone, { recursive: true }));

mkdirSync(join(clone, 'web'));
symlinkSync(join(root, 'node_modules'), join(clone, 'node_modules'));
cpSync(join(root, 'package.json'), join(clone, 'package.json'));
writeFileSync(join(clone, 'web', 'index.html'), '<script type="module" src="/main.ts"></script>');
writeFileSync(join(clone, 'web', 'main.ts'), 'document.title = "first";');

const builds = () => {
  let count = 0;
  return { count: () => count, begin: () => void (count += 1) };
};

test('the console is built when its sources have changed, and only then', async () => {
  const seen = builds();
  expect(await buildConsole(clone, seen.begin)).toBe('built');
  expect(await buildConsole(clone, seen.begin)).toBe('unchanged');
  writeFileSync(join(clone, 'web', 'main.ts'), 'document.title = "second";');
  // Two at once: one builds, the other takes what came out.
  expect(await Promise.all([buildConsole(clone, seen.begin), buildConsole(clone, seen.begin)])).toContain('built');
  expect(seen.count()).toBe(2);
  expect(readFileSync(join(clone, 'web', 'dist', 'index.html'), 'utf8')).toContain('assets/');
});

test('a console that cannot be built leaves the one before in place', async () => {
  await buildConsole(clone);
  writeFileSync(join(clone, 'web', 'main.ts'), 'import "./nowhere.ts"');
  await expect(buildConsole(clone)).rejects.toThrow('The console could not be built');
  expect(readFileSync(join(clone, 'web', 'dist', 'index.html'), 'utf8')).toContain('assets/');
});
