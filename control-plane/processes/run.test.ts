import { Code } from '@connectrpc/connect';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { RunResponse } from '#proto/muster/v1/process_pb.js';
import { startSimulatedFleet, type SimulatedFleet } from '../hosts/testing/simulated-fleet.ts';
import { eventually } from '../testing/index.ts';

let fleet: SimulatedFleet;
let sandboxId: string;
beforeAll(async () => {
  fleet = await startSimulatedFleet(1);
  sandboxId = (await mine().sandboxes.createSandbox({ env: { GREETING: 'hello' } })).sandbox!.id;
});
afterAll(() => fleet?.stop());

const mine = () => fleet.plane.other.clients;

async function collect(stream: AsyncIterable<RunResponse>) {
  const events: RunResponse['event'][] = [];
  for await (const { event } of stream) events.push(event);
  const text = (kind: 'stdout' | 'stderr') =>
    events.flatMap((event) => (event.case === kind ? [Buffer.from(event.value).toString()] : [])).join('');
  const last = events.at(-1);
  return {
    kinds: events.map((event) => event.case),
    stdout: text('stdout'),
    stderr: text('stderr'),
    exit: last?.case === 'exit' ? last.value : undefined,
  };
}

test('a command starts, writes and ends, in this order', async () => {
  const { kinds, stdout, exit } = await collect(
    mine().processes.run({ sandboxId, argv: ['sh', '-c', 'echo one; echo two; exit 3'] }),
  );
  expect(kinds).toEqual(['started', 'stdout', 'stdout', 'exit']);
  expect(stdout).toBe('one\ntwo\n');
  expect(exit).toMatchObject({ code: 3, signal: '', timedOut: false });
});

test('it has the environment and the input that it was given', async () => {
  const env = await collect(mine().processes.run({ sandboxId, argv: ['env'], env: { MORE: 'yes' } }));
  expect(env.stdout).toBe('GREETING=hello\nMORE=yes\n');
  const cat = await collect(mine().processes.run({ sandboxId, argv: ['cat'], stdin: Buffer.from('in and out') }));
  expect(cat.stdout).toBe('in and out');
});

test('a command that cannot be found ends with 127, not with an error', async () => {
  const { exit, stderr } = await collect(mine().processes.run({ sandboxId, argv: ['nothing-like-it'] }));
  expect(exit?.code).toBe(127);
  expect(stderr).toContain('nothing-like-it');
});

test('a command that takes too long is killed', async () => {
  const { exit } = await collect(
    mine().processes.run({ sandboxId, argv: ['sleep', '60'], timeout: { nanos: 50_000_000 } }),
  );
  expect(exit).toMatchObject({ timedOut: true, signal: 'SIGKILL' });
});

test('when the caller goes, the command on the host ends', async () => {
  const going = new AbortController();
  const underWay = () => fleet.plane.services.metrics.getSingleMetricAsString('muster_rpc_under_way');
  const run = (async () => {
    for await (const { event } of mine().processes.run(
      { sandboxId, argv: ['sleep', '600'] },
      { signal: going.signal },
    )) {
      if (event.case === 'started') going.abort();
    }
  })();
  await expect(run).rejects.toMatchObject({ code: Code.Canceled });
  await eventually(underWay, (text) => expect(text).toMatch(/ 0$/m));
});

test('a reader that is slow slows the command down instead of filling memory', async () => {
  let bytes = 0;
  const going = new AbortController();
  const before = process.memoryUsage().rss;
  const read = (async () => {
    for await (const { event } of mine().processes.run({ sandboxId, argv: ['yes'] }, { signal: going.signal })) {
      if (event.case !== 'stdout') continue;
      bytes += event.value.length;
      if (bytes > 20_000) going.abort();
    }
  })();
  await expect(read).rejects.toMatchObject({ code: Code.Canceled });
  expect(process.memoryUsage().rss - before).toBeLessThan(200 * 1024 * 1024);
});

test('50 commands at once all end as they should', async () => {
  const ends = await Promise.all(
    Array.from({ length: 50 }, (_, number) =>
      collect(mine().processes.run({ sandboxId, argv: ['echo', `${number}`] })),
    ),
  );
  expect(ends.map(({ stdout }) => stdout)).toEqual(ends.map((_, number) => `${number}\n`));
});

test('running moves the last activity, though nobody waits for it', async () => {
  await collect(mine().processes.run({ sandboxId, argv: ['true'] }));
  fleet.plane.replica.loops.wake('sandboxes.activity');
  await eventually(
    () => mine().sandboxes.getSandbox({ sandboxId }),
    ({ sandbox }) => expect(sandbox?.lastActivityAt).toBeDefined(),
  );
});
