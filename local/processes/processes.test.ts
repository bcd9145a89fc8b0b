import { appendFileSync, mkdtempSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test, vi } from 'vitest';
import { keepRunning } from './keep-running.ts';
import { followLog, type LogLine } from './log-file.ts';
import { startProgram } from './node-process.ts';

const folder = mkdtempSync(join(tmpdir(), 'muster-processes-'));
afterAll(() => rmSync(folder, { recursive: true }));

const start = (name: string, script: string) =>
  startProgram({
    root: folder,
    command: ['--eval', script],
    environment: process.env,
    logFile: join(folder, `${name}.log`),
  });

test('what a program writes stands in a log that only its owner may read, and its last words are known', async () => {
  const program = start(
    'words',
    'for (const n of [1, 2, 3]) console.log(JSON.stringify({ level: "info", msg: `word ${n}` })); process.exitCode = 7',
  );
  expect(await program.ended).toBe(7);
  expect(program.lastWords(2)).toEqual(['word 2', 'word 3']);
  expect(statSync(join(folder, 'words.log')).mode & 0o777).toBe(0o600);
});

test('a program that falls is started again until it is stopped', async () => {
  const falling = () => start('falling', 'process.exit(3)');
  const falls: unknown[] = [];
  const kept = keepRunning(falling(), falling, {
    onFall: (how, _, againInMs) => falls.push([how, againInMs]),
    onReturn() {},
  });
  await vi.waitFor(() => expect(falls.length).toBeGreaterThanOrEqual(2), { timeout: 30_000 });
  await kept.stop();
  expect(falls.slice(0, 2)).toEqual([
    [3, 500],
    [3, 1000],
  ]);
});

test('one that cannot even be started is tried again, and a meant end is the last', async () => {
  const falls: unknown[] = [];
  let tries = 0;
  const again = () => {
    if (++tries === 1) throw new Error('no room');
    return start('meant', 'process.exit(5)');
  };
  const { promise: over, resolve } = Promise.withResolvers<void>();
  const kept = keepRunning(start('first', 'process.exit(3)'), again, {
    isMeant: (how) => how === 5 && (resolve(), true),
    onFall: (how) => falls.push(how),
    onReturn() {},
  });
  await over;
  expect(await kept.stop()).toBe(5);
  expect(falls).toEqual([3, 'no room']);
});

test('a program that is stopped may take its time', async () => {
  const program = start(
    'slow',
    "process.on('SIGTERM', () => setTimeout(() => process.exit(0), 200)); console.log('here'); setInterval(() => {}, 1000)",
  );
  await vi.waitFor(() => expect(program.lastWords(1)).toEqual(['here']), 30_000);
  expect(await program.stop()).toBe(0);
});

test('a log is followed line by line, whatever stands in it', async () => {
  const path = join(folder, 'followed.log');
  writeFileSync(path, 'before\n');
  const lines: LogLine[] = [];
  const stop = followLog(path, (line) => lines.push(line));
  appendFileSync(path, '{"level":"info","msg":"half');
  appendFileSync(path, ' a line","percent":5}\nno json\n');
  await vi.waitFor(() => expect(lines).toHaveLength(2), 30_000);
  stop();
  expect(lines).toEqual([
    { level: 'info', msg: 'half a line', percent: 5 },
    { level: 'words', msg: 'no json' },
  ]);
});

test('a line that was only begun when its log was emptied is no part of the next one', async () => {
  const path = join(folder, 'emptied.log');
  writeFileSync(path, '');
  const lines: string[] = [];
  const stop = followLog(path, ({ msg }) => lines.push(msg));
  appendFileSync(path, 'first\nonly beg');
  await vi.waitFor(() => expect(lines).toEqual(['first']), 30_000);
  truncateSync(path);
  appendFileSync(path, 'next\n');
  await vi.waitFor(() => expect(lines).toEqual(['first', 'next']), 30_000);
  stop();
});

test('a log that has grown large is set aside while its process runs, and is followed on', async () => {
  const path = join(folder, 'large.log');
  const program = start(
    'large',
    `const line = 'x'.repeat(1023) + '\\n';
     for (let written = 0; written < 10; written++) process.stdout.write(line.repeat(1024));
     require('fs').writeFileSync(1, 'first end\\n');
     const timer = setInterval(() => {
       if (require('fs').fstatSync(1).size > 0) return;
       clearInterval(timer);
       console.log('second beginning');
     }, 20);`,
  );
  const lines: string[] = [];
  const stop = followLog(path, ({ msg }) => lines.push(msg));
  expect(await program.ended).toBe(0);
  await vi.waitFor(() => expect(lines.at(-1)).toBe('second beginning'), 30_000);
  stop();
  expect(statSync(path).size).toBeLessThan(100);
  expect(readFileSync(`${path}.1`, 'utf8')).toMatch(/\nfirst end\n$/);
  expect(statSync(`${path}.1`).mode & 0o777).toBe(0o600);
  expect(program.lastWords(1)).toEqual(['second beginning']);
});
