import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually } from '../testing/eventually.ts';
import { Place } from './testing/place.ts';
import type { LogPart } from './types.ts';

let place: Place;
beforeAll(async () => void (place = await Place.open()), 180_000);
afterAll(() => place.close());

const text = (parts: readonly LogPart[]) => parts.map(({ data }) => Buffer.from(data).toString()).join('');

/** Starts a shell line that outlives its caller; answers its id once it has ended, or has written so much. */
async function start(id: string, line: string, written?: number): Promise<string> {
  const processes = await place.sandboxes.processes(id);
  const { id: processId } = await processes.start({
    argv: ['sh', '-c', line],
    env: {},
    cwd: '',
    user: '',
    timeoutMs: undefined,
    terminal: undefined,
    stdin: false,
    name: 'writer',
    requestId: '',
  });
  await eventually('it has written', async () => {
    const [view] = (await processes.list(true)).filter((one) => one.id === processId);
    return written === undefined ? view?.exit !== undefined : view!.outputOffset >= written;
  });
  return processId;
}

const logs = (id: string, processId = '', tailBytes = 16_384) => place.sandboxes.logs(id, { processId, tailBytes });

test('what processes wrote last can be read, after their end too, by stream and within a bound', async () => {
  const id = await place.create();
  const first = await start(id, 'echo out; echo err >&2; exit 3');
  const second = await start(id, 'seq 1 1000; sleep 1006.5', 3893);
  const { logs: all, missing } = await logs(id);
  expect(missing).toBe('');
  expect(all.map(({ process }) => process?.id)).toEqual([undefined, first, second]);
  expect(all[1]).toMatchObject({ process: { name: 'writer', exit: { code: 3 } }, omittedBytes: 0 });
  expect(
    all[1]!.parts.filter(({ stream }) => stream === 'stdout').map(({ data }) => text([{ stream: 'stdout', data }])),
  ).toEqual(['out\n']);
  expect(text(all[1]!.parts.filter(({ stream }) => stream === 'stderr'))).toBe('err\n');
  const [tail] = (await logs(id, second, 9)).logs;
  expect(tail).toMatchObject({ omittedBytes: 3884 });
  expect(text(tail!.parts)).toBe('999\n1000\n');
  await expect(logs(id, 'proc000000000000')).rejects.toMatchObject({ reason: 'no_process' });
});

test('a process that never stops writing is read to where it was', async () => {
  const id = await place.create();
  const flood = await start(id, 'yes', 1_000_000);
  const [log] = (await logs(id, flood, 1000)).logs;
  expect(log!.omittedBytes).toBeGreaterThan(0);
  expect(text(log!.parts).replaceAll('y\n', '').length).toBeLessThanOrEqual(2);
});

test('of a sandbox that is paused or stopped, its own log is there, and why the others are not', async () => {
  const id = await place.create();
  await start(id, 'echo one');
  await place.sandboxes.pause(id, 1);
  expect(await logs(id)).toMatchObject({
    logs: [{ process: undefined }],
    missing: expect.stringContaining('Resume it first'),
  });
  await place.sandboxes.stop(id, 1);
  expect(await logs(id)).toMatchObject({
    logs: [{ process: undefined }],
    missing: expect.stringContaining('Start it first'),
  });
});

test('reading what it wrote is no activity', async () => {
  const id = await place.create();
  await start(id, 'echo one');
  const before = place.state(id)!.lastActivityAt;
  await logs(id);
  expect(place.state(id)!.lastActivityAt).toEqual(before);
});
