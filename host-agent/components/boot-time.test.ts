import { spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir, uptime } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { eventually } from '../testing/eventually.ts';
import { BootTime } from './boot-time.ts';
import { FileProbe } from './probe-file.ts';
import { ProcessStarts, startTicks } from './process-start.ts';
import { restAfter } from './rest.ts';

const hourMs = 3_600_000;
const [first, second] = ['a'.repeat(40), 'b'.repeat(40)];
const { signal } = new AbortController();
let directory: string;
let pids: number[];
let setByMs: number;
let boot: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'muster-boot-time-'));
  pids = [];
  setByMs = 0;
  boot = 'boot-1';
});
afterEach(() => {
  for (const pid of pids) process.kill(pid, 'SIGKILL');
  rmSync(directory, { recursive: true });
});

/** An agent's memory, on a machine whose clock somebody sets. */
const bootTime = () =>
  new BootTime(directory, {
    bootId: async () => boot,
    wallMs: () => Date.now() + setByMs,
    sinceBootMs: () => uptime() * 1000,
  });
const deploy = (sha: string) => writeFileSync(join(directory, 'build-info.json'), JSON.stringify({ sha }));
const agent = (pidFile: string) => {
  const probe = new FileProbe(join(directory, 'build-info.json'), { pid_file: pidFile }, new ProcessStarts(bootTime()));
  /** `aaaaaaa, newer`: what it says to run, and whether the process is newer than what is on disk. */
  return async () => {
    const { runningSha, startedAt, builtAt } = await probe.look(signal);
    return `${runningSha.slice(0, 7)}, ${startedAt! > builtAt! ? 'newer' : 'older'}`; // it has a process
  };
};
/** Until what is written now is certainly younger than a process that runs, and the other way round. */
const nextTick = () => new Promise((resolve) => setTimeout(resolve, 40));

async function startProcess(): Promise<string> {
  await nextTick();
  const { pid } = spawn('sleep', ['1000'], { stdio: 'ignore' });
  if (pid === undefined) throw new Error('sleep did not start');
  pids.push(pid);
  await eventually('it runs', async () => (await startTicks(pid)) !== undefined);
  writeFileSync(join(directory, 'pid'), `${pid}\n`);
  await nextTick();
  return join(directory, 'pid');
}

test('a clock that is set forward before an agent restarts makes no process younger than what came after it', async () => {
  deploy(first);
  const pid = await startProcess();
  expect(await agent(pid)()).toBe('aaaaaaa, newer');
  deploy(second);
  setByMs = hourMs;
  expect(await agent(pid)()).toBe('bbbbbbb, older');
});

test('a clock that is set back counts for what is deployed afterwards, and changes nothing of what was seen', async () => {
  deploy(first);
  const look = agent(await startProcess());
  expect(await look()).toBe('aaaaaaa, newer');
  setByMs = -hourMs;
  expect(await look()).toBe('aaaaaaa, newer');
  deploy(second);
  expect(await look()).toBe('aaaaaaa, older');
});

test('a copy that brings the time of its original along came after the process all the same; a change of its rights changes nothing', async () => {
  deploy(first);
  const look = agent(await startProcess());
  expect(await look()).toBe('aaaaaaa, newer');
  chmodSync(join(directory, 'build-info.json'), 0o600);
  expect(await look()).toBe('aaaaaaa, newer');
  deploy(second);
  utimesSync(join(directory, 'build-info.json'), new Date(0), new Date(0));
  expect(await look()).toBe('aaaaaaa, older');
});

test('the boot is placed where the clock was behind the most, until the next boot', async () => {
  const at = await bootTime().read();
  setByMs = -hourMs;
  const earlier = await bootTime().read();
  expect(Math.abs(at - hourMs - earlier)).toBeLessThan(1000);
  setByMs = hourMs;
  expect(await bootTime().read()).toBe(earlier);
  boot = 'boot-2';
  expect(await bootTime().read()).toBeGreaterThan(at + hourMs / 2);
  writeFileSync(join(directory, 'boot-time.json'), 'nonsense');
  expect(await bootTime().read()).toBeGreaterThan(at + hourMs / 2);
});

test('what takes long to ask is asked less often, but never so that its answer is old', () => {
  expect([20, 100, 10_000].map(restAfter)).toEqual([400, 2000, 30_000]);
});
