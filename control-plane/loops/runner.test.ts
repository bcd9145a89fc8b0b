import { afterAll, afterEach, expect, test } from 'vitest';
import { announce } from '../events/index.ts';
import { eventually, expectEventually, startTestControlPlane } from '../testing/index.ts';
import type { Loop } from './loop.ts';
import { startLoops, type LoopRunner } from './runner.ts';

const controlPlane = await startTestControlPlane({ users: false });
const second = await controlPlane.startReplica();
afterAll(() => controlPlane.stop());

const runners: LoopRunner[] = [];
const start = (loop: Loop, services = controlPlane.services) => {
  const runner = startLoops(services, [loop]);
  runners.push(runner);
  return { stop: () => runner.stop(), wake: () => runner.wake(loop.name), status: () => runner.statuses()[0]! };
};
afterEach(() => Promise.all(runners.splice(0).map((runner) => runner.stop())));

/** Work that ends when the test says so, or when it is cancelled. */
function heldWork() {
  let running = 0;
  let most = 0;
  const held: (() => void)[] = [];
  return {
    release: () => held.splice(0).forEach((go) => go()),
    running: () => running,
    most: () => most,
    run: async ({ signal }: { signal: AbortSignal }) => {
      running += 1;
      most = Math.max(most, running);
      await new Promise<void>((resolve) => {
        held.push(resolve);
        signal.addEventListener('abort', () => resolve());
        if (signal.aborted) resolve();
      });
      running -= 1;
      return 'released';
    },
  };
}

test('a loop runs at once, then by its timer, and shows its last result', async () => {
  let count = 0;
  const { status } = start({ name: 'test.timer', everyMs: 10, singleton: false, run: async () => (count += 1) });
  await eventually(status, ({ runs, lastResult }) => {
    expect(runs).toBeGreaterThan(3);
    expect(lastResult).toBeGreaterThan(3);
  });
});

test('a loop is woken by a change of its topic, and not by others', async () => {
  let count = 0;
  const { status } = start({
    name: 'test.wake',
    everyMs: 60_000,
    wakeOn: ['device'],
    singleton: false,
    run: async () => (count += 1),
  });
  await expectEventually(() => status().runs, 1);
  await announce(controlPlane.services.pool, 'host', ['host1']);
  await announce(controlPlane.services.pool, 'device', ['device1']);
  await expectEventually(() => status().runs, 2);
  expect(count).toBe(2);
});

test('two runs of a loop never overlap, and what wakes it meanwhile makes it run once more', async () => {
  const work = heldWork();
  const { status, wake } = start({ name: 'test.overlap', everyMs: 60_000, singleton: false, run: work.run });
  await expectEventually(work.running, 1);
  wake();
  wake();
  work.release();
  await eventually(status, ({ runs, running }) => expect({ runs, running }).toEqual({ runs: 1, running: true }));
  work.release();
  await eventually(status, ({ runs, running }) => expect({ runs, running }).toEqual({ runs: 2, running: false }));
  expect(work.most()).toBe(1);
});

test('a loop that fails shows why, and goes on', async () => {
  let count = 0;
  const run = async () => {
    count += 1;
    if (count === 1) throw new Error('broken once');
    return 'well';
  };
  const { status, wake } = start({ name: 'test.failing', everyMs: 60_000, singleton: false, run });
  await eventually(status, ({ lastError }) => expect(lastError).toMatchObject({ message: 'broken once' }));
  wake();
  await eventually(status, (now) => expect(now).toMatchObject({ runs: 2, lastResult: 'well', lastError: undefined }));
  expect(controlPlane.log.some((line) => line.includes('test.failing') && line.includes('broken once'))).toBe(true);
});

test('of two replicas one runs a singleton, and the other takes over when it stops', async () => {
  const [one, other] = [heldWork(), heldWork()];
  const loop = { name: 'test.singleton', everyMs: 10, singleton: true };
  const first = start({ ...loop, run: one.run });
  await expectEventually(one.running, 1);
  const next = start({ ...loop, run: other.run }, second.services);
  await eventually(next.status, ({ ours }) => expect(ours).toBe(false));
  expect(other.running()).toBe(0);
  await first.stop();
  expect(one.running()).toBe(0);
  await expectEventually(other.running, 1);
});

test('a singleton whose lock is lost is cancelled, and goes on when it has the lock again', async () => {
  const work = heldWork();
  let cancelled = 0;
  const run: Loop['run'] = async (context) => {
    context.signal.addEventListener('abort', () => (cancelled += 1));
    await work.run(context);
  };
  start({ name: 'test.lost', everyMs: 10, singleton: true, run });
  await expectEventually(work.running, 1);
  await controlPlane.services.pool`
    select pg_terminate_backend(pid) from pg_locks
    where locktype = 'advisory' and classid = 7080 and objid::bigint = hashtext('test.lost')::bigint & 4294967295`;
  await expectEventually(() => cancelled, 1);
  await expectEventually(work.running, 1);
  expect(work.most()).toBe(1);
});

test('stopping cancels what runs and waits for it', async () => {
  const work = heldWork();
  const runner = start({ name: 'test.stop', everyMs: 60_000, singleton: false, run: work.run });
  await expectEventually(work.running, 1);
  await runner.stop();
  expect(work.running()).toBe(0);
});
