import { Code, ConnectError } from '@connectrpc/connect';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { GetMetricsResponse, MetricsSample } from '#proto/muster/v1/metrics_pb.js';
import { ObservedState } from '#proto/muster/v1/sandbox_pb.js';
import { eventually } from '../support/eventually.ts';
import { run, shell } from '../support/run.ts';
import { startSystem, type System } from '../support/system.ts';

let system: System;
let neighbour: string;
beforeAll(async () => {
  system = await startSystem();
  await system.addHost('host');
  neighbour = await create();
}, 600_000);
afterAll(() => system?.stop());

const limits = { cpu: 0.5, memoryMib: 64, diskMib: 32, pids: 40 };
const create = async () => (await system.admin.sandboxes.createSandbox({ limits })).sandbox!.id;
const destroy = async (sandboxId: string) => {
  const { sandbox } = await system.admin.sandboxes.destroySandbox({ sandboxId });
  expect(sandbox!.observed).toBe(ObservedState.DESTROYED);
};

/** Starts something that nobody waits for. */
async function start(sandboxId: string, ...argv: string[]): Promise<string> {
  const { process } = await system.admin.processes.startProcess({ sandboxId, argv });
  return process!.id;
}

/** What its owner is shown, once it shows this. */
const metricsWhere = (
  sandboxId: string,
  what: string,
  holds: (now: MetricsSample, all: GetMetricsResponse) => boolean,
) =>
  eventually(what, async () => {
    const metrics = await system.admin.sandboxes.getMetrics({ sandboxId });
    const now = metrics.samples.at(-1);
    return now && holds(now, metrics) ? metrics : undefined;
  });

/** Commands, files and creates of others go on. */
async function neighbourIsWell(): Promise<void> {
  for (let turn = 0; turn < 10; turn += 1) {
    const { stdout, code } = await shell(system.admin, neighbour, 'echo well > /tmp/f && cat /tmp/f');
    expect({ stdout, code }).toEqual({ stdout: 'well\n', code: 0 });
  }
  await destroy(await create());
}

test('a fork bomb stays within its number, which is said to who meets it', async () => {
  const id = await create();
  await start(id, 'perl', '-e', '1 while defined fork; sleep 1000');
  await metricsWhere(
    id,
    'it is full and refused more',
    (now, { totals }) => now.pids === 40 && totals!.refusedPids > 0n,
  );
  await neighbourIsWell();
  const command = await shell(system.admin, id, 'true');
  expect(command.code).not.toBe(0);
  // Of the runtime where not even a shell can be started, of the shell where it can start nothing.
  expect(command.stderr).toMatch(/reached its limit of processes|[Cc]annot fork|Resource temporarily unavailable/);
  await expect(start(id, 'sleep', '1')).rejects.toMatchObject({
    code: Code.ResourceExhausted,
    rawMessage: 'The sandbox has reached its limit of processes.',
  });
  await destroy(id);
});

test('a memory hog is ended, counted, and told why', async () => {
  const id = await create();
  await start(id, 'sh', '-c', 'while :; do tail /dev/zero; done');
  await metricsWhere(id, 'it was killed', (_, { totals }) => totals!.oomKills > 1n);
  await neighbourIsWell();
  let reason = '';
  for await (const { event } of system.admin.processes.run({ sandboxId: id, argv: ['tail', '/dev/zero'] }))
    if (event.case === 'exit') ({ reason } = event.value);
  expect(reason).toBe('The sandbox has used up its memory (64 MiB), so the kernel ended it.');
  await destroy(id);
});

test('a full disk is its own, shown, and said', async () => {
  const id = await create();
  await start(id, 'sh', '-c', 'while :; do cat /dev/zero >> /root/x; done');
  const full = await metricsWhere(
    id,
    'it is full',
    (now, { diskSizeBytes }) => now.diskBytes > (diskSizeBytes * 95n) / 100n,
  );
  expect(full.diskSizeBytes).toBeLessThanOrEqual(32n * 1024n * 1024n);
  await neighbourIsWell();
  await eventually('it is said', async () => {
    const { stderr } = await shell(system.admin, id, 'head -c 100000 /dev/zero > /root/y && sync');
    return stderr.includes('No space left on device');
  });
  await destroy(id);
});

test('a disk full of empty files is its own, and shown', async () => {
  const id = await create();
  await start(id, 'perl', '-e', 'my $i = 0; while (open my $f, ">", "/root/" . $i++) {} sleep 1000');
  await metricsWhere(
    id,
    'it has no room for another',
    (now, { filesLimit }) => filesLimit > 0n && now.files === filesLimit,
  );
  await neighbourIsWell();
  const { stderr } = await shell(system.admin, id, 'echo more > /tmp/y');
  expect(stderr).toContain('No space left on device');
  expect((await shell(system.admin, id, 'rm -r /root/1*; echo more > /tmp/y')).code).toBe(0);
  await destroy(id);
});

test('a flood of output is kept within its bound, read or not', async () => {
  const id = await create();
  const flood = await start(id, 'yes');
  const unread = new AbortController();
  const stream = system.admin.processes.run({ sandboxId: id, argv: ['yes'] }, { signal: unread.signal });
  await stream[Symbol.asyncIterator]().next();
  await neighbourIsWell();
  const { logs } = await system.admin.sandboxes.getLogs({ sandboxId: id, processId: flood, tailBytes: 1_048_576 });
  expect(logs[0]!.omittedBytes).toBeGreaterThan(0n);
  const kept = logs[0]!.parts.reduce((sum, { data }) => sum + data.length, 0);
  expect(kept).toBeLessThanOrEqual(128 * 1024);
  unread.abort();
  await destroy(id);
});

test('zombies count as processes, and are gone with their parent; orphans leave none', async () => {
  const id = await create();
  const zombies = 'while (defined(my $pid = fork)) { exit unless $pid } sleep 1000';
  const maker = await start(id, 'perl', '-e', zombies);
  await metricsWhere(id, 'it is full', ({ pids }) => pids === 40);
  await neighbourIsWell();
  await system.admin.processes.sendSignal({ sandboxId: id, processId: maker, signal: 'SIGKILL' });
  await metricsWhere(id, 'they are gone', ({ pids }) => pids === 1);
  const orphans = 'for (1 .. 200) { unless (fork) { fork and exit; select undef, undef, undef, 0.01; exit } wait }';
  expect((await run(system.admin, { sandboxId: id, argv: ['perl', '-e', orphans] })).code).toBe(0);
  await metricsWhere(id, 'none is left', ({ pids }) => pids === 1);
  await destroy(id);
});

test('who ignores every signal is stopped nevertheless, paused and destroyed', async () => {
  const id = await create();
  const deaf = '$SIG{$_} = "IGNORE" for qw(TERM HUP INT QUIT USR1 TSTP); $| = 1; print "deaf\\n"; 1 while 1';
  await start(id, 'perl', '-e', deaf);
  await metricsWhere(id, 'it computes', ({ cpu }) => cpu > 0.1);
  await neighbourIsWell();
  await system.admin.sandboxes.pauseSandbox({ sandboxId: id });
  await metricsWhere(id, 'it rests', ({ cpu }) => cpu === 0);
  const { sandbox } = await system.admin.sandboxes.stopSandbox({ sandboxId: id });
  expect(sandbox!.observed).toBe(ObservedState.STOPPED);
  await destroy(id);
});

test('file calls through links, dots and /proc reach nothing but the sandbox itself', async () => {
  const id = await create();
  await shell(
    system.admin,
    id,
    'ln -s /proc/1/root/etc/shadow /root/a; ln -s /proc/self/root/../../etc/hostname /root/b; ln -s ../../../../../../etc/hostname /root/c; mkdir -p /root/d; ln -s /proc/1/fd /root/d/e',
  );
  const read = async (path: string): Promise<string | Code> => {
    const parts: Uint8Array[] = [];
    try {
      for await (const { part } of system.admin.files.readFile({ sandboxId: id, at: { case: 'path', value: path } }))
        if (part.case === 'data') parts.push(part.value);
      return Buffer.concat(parts).toString();
    } catch (error) {
      return ConnectError.from(error).code;
    }
  };
  const own = await read('/etc/hostname');
  for (const path of ['/root/b', '/root/c', '/../../../etc/hostname', '/proc/self/root/etc/hostname'])
    expect([path, await read(path)]).toEqual([path, own]);
  for (const path of [
    '/root/a',
    '/proc/1/root/etc/hostname',
    '/proc/1/mem',
    '/proc/1/environ',
    '/proc/kcore',
    '/root/d/e/3',
  ])
    expect([path, typeof (await read(path))]).toEqual([path, 'number']);
  // That the init has descriptors is no secret, but what they lead to is.
  const { files } = await system.admin.files.listDirectory({
    sandboxId: id,
    at: { case: 'path', value: '/root/d/e/.' },
    depth: 3,
  });
  expect(files.filter(({ link }) => link.value !== '')).toEqual([]);
  await neighbourIsWell();
  await destroy(id);
});

test('nothing in a sandbox leads to the connection between init and agent', async () => {
  const id = await create();
  const { stdout } = await run(system.admin, {
    sandboxId: id,
    argv: [
      'perl',
      '-e',
      'opendir D, "/proc/self/fd"; print join " ", sort grep { /\\d/ && -p "/proc/self/fd/$_" } readdir D',
    ],
  });
  expect(stdout).toMatch(/^(0 )?1 2$/);
  const write =
    'for (0 .. 1023) { open my $f, "+<&=", $_ or next; next if $_ < 3; syswrite $f, "\\xff" x 4096 } print "done"';
  expect((await run(system.admin, { sandboxId: id, argv: ['perl', '-e', write] })).stdout).toBe('done');
  expect(
    (
      await shell(
        system.admin,
        id,
        'for f in /proc/[0-9]*/fd/*; do head -c 4096 /dev/zero > $f; done >/dev/null 2>&1; wc -l < /proc/net/unix',
      )
    ).stdout.replaceAll('\0', ''),
  ).toBe('1\n');
  await neighbourIsWell();
  expect((await shell(system.admin, id, 'echo unharmed')).stdout).toBe('unharmed\n');
  await destroy(id);
});
