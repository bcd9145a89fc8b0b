import { copyFileSync, existsSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually } from '../testing/eventually.ts';
import { compileProgram } from './compile.ts';
import { Launcher, LauncherEnded } from './launcher.ts';
import { stageProgram } from './stage.ts';

const folder = mkdtempSync(join(tmpdir(), 'muster-launcher-'));
const log = join(folder, 'log');
let launcher: Launcher;
beforeAll(async () => {
  launcher = new Launcher(await compileProgram(stageProgram, folder));
});
afterAll(() => {
  launcher.close();
  rmSync(folder, { recursive: true });
});

const run = (script: string) => launcher.run(log, ['--', 'sh', '-c', script]);

test('what is run writes to the end of its log, and its end is told', async () => {
  writeFileSync(log, 'before\n');
  expect(await run('echo out; echo err >&2; exit 7')).toEqual({ code: 7, signal: 0, logStart: 7 });
  expect(readFileSync(log, 'utf8')).toBe('before\nout\nerr\n');
  expect(await run('kill -9 $$')).toMatchObject({ code: 0, signal: 9 });
  expect(await launcher.run(log, ['--', join(folder, 'nothing')])).toMatchObject({ code: 125, signal: 0 });
  expect(await launcher.run(join(folder, 'no', 'log'), ['--', 'true'])).toMatchObject({ code: 125 });
});

test('a sealed program runs from memory, and anew once it has been replaced', async () => {
  const program = join(folder, 'program');
  const replaceBy = (other: string) => {
    copyFileSync(other, `${program}.new`);
    renameSync(`${program}.new`, program);
  };
  replaceBy('/bin/sh');
  writeFileSync(log, '');
  const ask = [
    '--sealed',
    '--',
    program,
    '-c',
    'readlink /proc/$$/exe; ls /proc/$$/fd | wc -l; test ! -e /proc/$$/fd/62 -a ! -e /proc/$$/fd/63',
  ];
  expect(await launcher.run(log, ask)).toMatchObject({ code: 0 });
  expect(await launcher.run(log, ask)).toMatchObject({ code: 0 });
  expect(readFileSync(log, 'utf8')).toMatch(/^(\/memfd:runtime \(deleted\)\n3\n){2}$/);
  replaceBy('/bin/false');
  expect(await launcher.run(log, ['--sealed', '--', program])).toMatchObject({ code: 1 });
  expect(await launcher.run(log, ['--sealed', '--', join(folder, 'nothing')])).toMatchObject({ code: 125 });
});

test('many run at once, each with its own end', async () => {
  const codes = Array.from({ length: 100 }, (_, code) => code);
  const ends = await Promise.all(codes.map((code) => run(`exit ${code}`)));
  expect(ends.map(({ code }) => code)).toEqual(codes);
});

test('how what is left behind ends is told once, by its pid', async () => {
  const pidFile = join(folder, 'left');
  await run(`sh -c 'echo $$ > ${pidFile}.new; mv ${pidFile}.new ${pidFile}; kill -SEGV $$' & exit 0`);
  const pid = await eventually('it has begun', () =>
    existsSync(pidFile) ? Number(readFileSync(pidFile, 'utf8')) : undefined,
  );
  expect(await eventually('its end is told', () => launcher.takeEndOf(pid))).toEqual({ code: 0, signal: 11 });
  expect(launcher.takeEndOf(pid)).toBeUndefined();
});

test('one that falls takes with it what it runs, says so, and comes back with the next', async () => {
  const pidFile = join(folder, 'pid');
  const sleeping = run(`echo $$ $PPID > ${pidFile}.new; mv ${pidFile}.new ${pidFile}; exec sleep 600`);
  const [pid, server] = await eventually('it runs', () => {
    try {
      return readFileSync(pidFile, 'utf8').trim().split(' ').map(Number);
    } catch {
      return undefined;
    }
  });
  process.kill(server!, 'SIGKILL');
  await expect(sleeping).rejects.toThrow(LauncherEnded);
  await eventually('it is gone', () => {
    try {
      return !process.kill(pid!, 0);
    } catch {
      return true;
    }
  });
  expect(await run('exit 0')).toMatchObject({ code: 0 });
});
