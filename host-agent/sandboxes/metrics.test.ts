import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually } from '../testing/eventually.ts';
import { Place } from './testing/place.ts';
import type { SandboxMetrics } from './types.ts';

let place: Place;
beforeAll(async () => void (place = await Place.open()), 180_000);
afterAll(() => place.close());

const mebibyte = 1024 * 1024;
type Sample = SandboxMetrics['samples'][number];

const samples = (id: string): readonly Sample[] => place.sandboxes.metrics(id, 'second').samples;

/** The sample for which this holds, once there is one. */
async function sampleWhere(id: string, what: string, holds: (sample: Sample) => boolean): Promise<Sample> {
  await eventually(what, () => samples(id).some(holds));
  return samples(id).find(holds)!;
}

test('what a sandbox computes, keeps in memory, writes and starts is measured; its neighbour’s is not', async () => {
  const [id, neighbour] = await Promise.all([place.create(), place.create()]);
  await sampleWhere(id, 'it is measured', () => true);
  const [before] = samples(id);
  const leave = new AbortController();
  const burning = place.run(id, 'while :; do :; done', leave.signal);
  burning.catch(() => undefined);
  await sampleWhere(id, 'it computes', ({ cpu }) => cpu > 0.2);
  leave.abort();
  expect(Math.max(...samples(id).map(({ cpu }) => cpu))).toBeLessThan(1.5);

  await place.run(id, 'head -c 30000000 /dev/zero > /dev/shm/x; for i in 1 2 3 4; do sleep 1005.5 & done');
  const full = await sampleWhere(id, 'its memory', ({ memoryBytes }) => memoryBytes > 30 * mebibyte);
  expect(full.memoryBytes).toBeLessThan(60 * mebibyte);
  await sampleWhere(id, 'its processes', ({ pids }) => pids === 5);

  await place.run(id, 'head -c 20000000 /dev/urandom > /root/x; touch /root/a /root/b; sync');
  const written = await sampleWhere(id, 'its disk', ({ diskBytes }) => diskBytes > before!.diskBytes + 19 * mebibyte);
  expect(written.files - before!.files).toBe(4); // with the directory, which was the template's until then
  const { diskSizeBytes, filesLimit, totals } = place.sandboxes.metrics(id, 'second');
  expect(diskSizeBytes).toBeGreaterThan(50 * mebibyte);
  expect(diskSizeBytes).toBeLessThanOrEqual(64 * mebibyte);
  expect(filesLimit).toBeGreaterThan(1000);
  expect(totals?.cpuMs).toBeGreaterThan(200);

  const idle = samples(neighbour).at(-1)!;
  expect(idle).toMatchObject({ cpu: 0, pids: 1, receivedBytes: 0, sentBytes: 0 });
  expect(idle.diskBytes).toBeLessThan(mebibyte);
});

test('what limits cost is counted: killed, refused and waiting processes', async () => {
  const id = await place.create({ limits: { cpu: 0.2, memoryMib: 32, diskMib: 32, pids: 16 } });
  await place.run(id, { argv: ['tail', '/dev/zero'] });
  await place.run(id, 'i=0; while [ $i -lt 40 ]; do sleep 2 & i=$((i+1)); done');
  const leave = new AbortController();
  place.run(id, 'while :; do :; done', leave.signal).catch(() => undefined);
  const totals = () => place.sandboxes.metrics(id, 'second').totals;
  await eventually('it waits for the processor', () => (totals()?.throttledMs ?? 0) > 0, 30_000);
  leave.abort();
  expect(totals()?.oomKills).toBeGreaterThan(0);
  expect(totals()?.refusedPids).toBeGreaterThan(0);
});

test('a paused sandbox is measured on, a stopped one leaves a gap, a new agent begins anew', async () => {
  const id = await place.create();
  await sampleWhere(id, 'it is measured', () => true);
  await place.sandboxes.pause(id, 1);
  const paused = Date.now();
  await sampleWhere(
    id,
    'it is measured while it is paused',
    ({ at, cpu }) => at.getTime() > paused + 1000 && cpu === 0,
  );
  await place.sandboxes.stop(id, 1);
  expect(place.sandboxes.metrics(id, 'second')).toMatchObject({ totals: undefined, diskSizeBytes: 0 });
  expect(samples(id).length).toBeGreaterThan(0);
  await place.sandboxes.start(id, 1);
  const started = Date.now();
  await sampleWhere(id, 'it is measured again', ({ at }) => at.getTime() > started);
  const { measuredSince } = place.sandboxes.metrics(id, 'second');
  await place.reopen();
  expect(place.sandboxes.metrics(id, 'second').measuredSince.getTime()).toBeGreaterThan(measuredSince.getTime());
  await sampleWhere(id, 'the new agent measures it', () => true);
});

test('a sandbox that is not here has no metrics', () => {
  expect(() => place.sandboxes.metrics('sbx999999999999', 'second')).toThrow('not on this host');
});

test('a shell at its prompt is no work; what runs in it, or beside it, is; and what it writes ends its quiet', async () => {
  const id = await place.create();
  const work = async () => (await place.sandboxes.work()).find(({ sandboxId }) => sandboxId === id);
  await eventually('it is watched', async () => (await work()) !== undefined);
  expect(await work()).toMatchObject({ processes: 0, attempt: 1 });
  const processes = await place.sandboxes.processes(id);
  const start = (argv: readonly string[], more: { terminal?: { cols: number; rows: number } } = {}) =>
    processes.start({
      argv,
      env: {},
      cwd: '',
      user: '',
      timeoutMs: undefined,
      terminal: undefined,
      stdin: true,
      name: '',
      requestId: '',
      ...more,
    });
  const shell = await start([], { terminal: { cols: 80, rows: 24 } });
  await eventually('it waits', async () => (await work())?.processes === 0);
  await processes.sendInput(shell.id, Buffer.from('sleep 1007\n'), undefined);
  await eventually('it does something', async () => (await work())?.processes === 1);
  const cat = await start(['cat']);
  await eventually('both', async () => (await work())?.processes === 2);

  await eventually('nothing happens', async () => ((await work())?.quietForMs ?? 0) > 1500);
  await processes.sendInput(cat.id, Buffer.from('a line\n'), undefined);
  await eventually('it wrote a line', async () => ((await work())?.quietForMs ?? Infinity) < 1000);
  await place.sandboxes.pause(id, 1);
  expect(await work()).toBeUndefined();
});
