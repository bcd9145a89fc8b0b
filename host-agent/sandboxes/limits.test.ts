import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually } from '../testing/eventually.ts';
import { Place } from './testing/place.ts';

let place: Place;
let neighbour: string;
beforeAll(async () => {
  place = await Place.open();
  neighbour = await place.create();
}, 180_000);
afterAll(() => place.close());

const neighbourIsWell = async (): Promise<void> => {
  expect((await place.run(neighbour, 'echo well > /tmp/f && cat /tmp/f')).stdout).toBe('well\n');
};

test('a memory hog is killed, its sandbox and its neighbours go on', async () => {
  const id = await place.create({ limits: { cpu: 1, memoryMib: 48, diskMib: 64, pids: 32 } });
  const hog = await place.run(id, { argv: ['sh', '-c', 'exec tail /dev/zero'] });
  expect(hog).toMatchObject({ code: 137, signal: 'SIGKILL' });
  expect(hog.reason).toBe('The sandbox has used up its memory (48 MiB), so the kernel ended it.');
  expect((await place.run(id, 'echo alive')).stdout).toBe('alive\n');
  expect((await place.run(id, 'head -c 100000000 /dev/zero > /dev/shm/x')).code).not.toBe(0);
  expect(place.state(id)).toMatchObject({ state: 'running' });
  await neighbourIsWell();
});

test('a fork bomb stays within its limit and its sandbox, which can be destroyed', async () => {
  const id = await place.create({ limits: { cpu: 0.5, memoryMib: 128, diskMib: 64, pids: 40 } });
  const abort = new AbortController();
  const bomb = place.run(id, 'f() { f | f & f & }; f; sleep 60', abort.signal);
  bomb.catch(() => undefined);
  await neighbourIsWell();
  abort.abort();
  await eventually('nothing is left of it', () => place.pids(id).length === 1);
  await place.run(id, 'while :; do sleep 100 & done');
  await eventually('it is full', () => place.pids(id).length >= 35);
  expect(place.pids(id).length).toBeLessThanOrEqual(40);
  await neighbourIsWell();
  const full = await place.run(id, { argv: ['sh', '-c', 'while :; do sleep 100 & done'] });
  expect(full.code).not.toBe(0);
  await place.sandboxes.destroy(id, 1);
  expect(place.pids(id)).toEqual([]);
});

test('a full disk is the own disk only', async () => {
  const id = await place.create({ limits: { cpu: 1, memoryMib: 128, diskMib: 24, pids: 32 } });
  const fill = await place.run(id, 'dd if=/dev/zero of=/root/x bs=1M count=200');
  expect(fill.code).not.toBe(0);
  expect(fill.stderr).toContain('No space left on device');
  const bytes = Number((await place.run(id, 'stat -c %s /root/x')).stdout);
  expect(bytes).toBeGreaterThan(12 * 1024 * 1024);
  expect(bytes).toBeLessThan(24 * 1024 * 1024);
  expect((await place.run(id, 'rm /root/x && echo room > /root/y')).code).toBe(0);
  await neighbourIsWell();
});

test('what a sandbox computes with stays within its share', async () => {
  const id = await place.create({ limits: { cpu: 0.2, memoryMib: 64, diskMib: 32, pids: 32 } });
  const burn = 'i=0; while [ $i -lt 150000 ]; do i=$((i+1)); done';
  const started = performance.now();
  const spent = Number((await place.run(id, `${burn}; cut -d' ' -f14 /proc/$$/stat`)).stdout) / 100;
  const took = (performance.now() - started) / 1000;
  // A fifth of a processor; the first period is free.
  expect(took).toBeGreaterThan(spent * 2.5);
});

test('output that nobody reads stops its writer and grows nothing', async () => {
  const id = await place.create();
  const running = place.sandboxes.run(id, { argv: ['yes'] })[Symbol.asyncIterator]();
  await running.next();
  const before = process.memoryUsage().rss;
  for (let turn = 0; turn < 20; turn += 1) await place.run(id, 'true');
  expect(process.memoryUsage().rss - before).toBeLessThan(64 * 1024 * 1024);
  await running.return?.();
  await neighbourIsWell();
});

test('the smallest sandbox starts', async () => {
  const id = await place.create({ limits: { cpu: 0.1, memoryMib: 16, diskMib: 16, pids: 8 } });
  expect((await place.run(id, { argv: ['echo', 'small'] })).stdout).toBe('small\n');
});

test('a sandbox is only as large as the ids that are left', async () => {
  const small = await Place.open({ ids: { first: 4_100_000_000, sandboxes: 1 } });
  const id = await small.create();
  await expect(small.create()).rejects.toMatchObject({ reason: 'runtime_failed' });
  await small.sandboxes.destroy(id, 1);
  await small.create();
  await small.close();
});
