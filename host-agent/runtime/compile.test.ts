import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { initProgram } from '../init/index.ts';
import { CannotCompile, compileProgram, type Program } from './compile.ts';

let directory: string;
beforeEach(() => void (directory = mkdtempSync(join(tmpdir(), 'muster-compile-'))));
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const program = (source: string): Program => {
  writeFileSync(join(directory, 'main.c'), source);
  return { name: 'small', sources: pathToFileURL(`${directory}/`), flags: [] };
};

test('a program is compiled once for each content of its sources, also when many ask', async () => {
  const cache = join(directory, 'cache');
  const paths = await Promise.all([1, 2, 3].map(() => compileProgram(program('int main(void) { return 0; }'), cache)));
  expect(new Set(paths).size).toBe(1);
  const madeAt = statSync(paths[0]!).mtimeMs;
  await compileProgram(program('int main(void) { return 0; }'), cache);
  expect(statSync(paths[0]!).mtimeMs).toBe(madeAt);
  const other = await compileProgram(program('int main(void) { return 1; }'), cache);
  const made = [paths[0]!, other].map((path) => path.split('/').at(-1));
  expect(new Set(readdirSync(join(cache, 'programs')))).toEqual(new Set(made));
});

test('what does not compile says so, with the way to mend it, and leaves nothing', async () => {
  const cache = join(directory, 'cache');
  const compiling = compileProgram(program('int main('), cache);
  await expect(compiling).rejects.toBeInstanceOf(CannotCompile);
  await expect(compiling).rejects.toThrow('apt-get install gcc');
  expect(readdirSync(join(cache, 'programs'))).toEqual([]);
});

test('muster-init is small and has no dependencies', async () => {
  const path = await compileProgram(initProgram, join(directory, 'cache'));
  expect(statSync(path).size).toBeLessThan(100 * 1024);
});
