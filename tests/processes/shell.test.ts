import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Code, ConnectError } from '@connectrpc/connect';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ProcessState, type AttachProcessResponse, type RunResponse } from '#proto/muster/v1/process_pb.js';
import { ObservedState } from '#proto/muster/v1/sandbox_pb.js';
import { eventually } from '../support/eventually.ts';
import { shell } from '../support/run.ts';
import { startSystem, type System, type TestHost } from '../support/system.ts';
import { onTerminal, type OnTerminal } from './pty.ts';

let system: System;
let host: TestHost;
let id: string;
let home: string;
const terminals: OnTerminal[] = [];

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'muster-shell-'));
  system = await startSystem();
  host = await system.addHost('host');
  const { sandbox } = await system.admin.sandboxes.createSandbox({ limits: { memoryMib: 512, diskMib: 512 } });
  id = sandbox!.id;
}, 600_000);
afterAll(async () => {
  for (const terminal of terminals) terminal.kill();
  await system?.stop();
  rmSync(home, { recursive: true, force: true });
});

const processes = () => system.admin.processes;
const environment = () => ({ HOME: home, MUSTER_SERVER: system.url, MUSTER_TOKEN: system.adminToken });
const muster = (line: string, size = { cols: 100, rows: 30 }): OnTerminal => {
  const terminal = onTerminal(`${process.execPath} cli/main.ts ${line}`, environment(), size);
  terminals.push(terminal);
  return terminal;
};
const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => undefined,
    (error: unknown) => ConnectError.from(error).code,
  );

test('a shell is a real terminal: size, editing, Ctrl-C, its own exit code', async () => {
  const terminal = muster(`sandboxes shell ${id}`);
  await terminal.sees('# ');
  terminal.type('stty size; echo $TERM\r');
  await terminal.sees('30 100\r\nxterm-256color');
  terminal.type('sleep 1000.31\r');
  await eventually('it sleeps', async () => (await shell(system.admin, id, "pgrep -f '^sleep 1000.31'")).code === 0);
  terminal.type('\x03');
  terminal.type('echo ctrl-c gave $?\r');
  await terminal.sees('ctrl-c gave 130');
  terminal.type('exit 7\r');
  expect(await terminal.ended).toBe(7);
});

test('a shell goes on where it was when the control plane and the agent were restarted', async () => {
  const terminal = muster(`sandboxes shell ${id}`);
  await terminal.sees('# ');
  terminal.type('before=kept; echo $before\r');
  await terminal.sees('\rkept');
  await system.restartControlPlane();
  terminal.type('echo one-$before\r');
  await terminal.sees('\rone-kept');
  await host.agent.stop();
  host.start();
  terminal.type('echo two-$before\r');
  await terminal.sees('\rtwo-kept');
  host.agent.signal('SIGKILL');
  await host.agent.ended;
  host.start();
  terminal.type('echo three-$before\r');
  await terminal.sees('\rthree-kept');
  terminal.type('exit\r');
  expect(await terminal.ended).toBe(0);
  // Nothing was typed twice.
  expect(terminal.screen().split('\rtwo-kept').length).toBe(2);
});

test('a process outlives its client, who comes back from an offset', async () => {
  const terminal = muster(`sandboxes shell ${id} -- sh -c 'echo begun; read line; echo got $line; read line'`);
  await terminal.sees('begun');
  terminal.kill();
  await terminal.ended;
  const { processes: listed } = await processes().listProcesses({ sandboxId: id });
  expect(listed).toMatchObject([{ state: ProcessState.RUNNING, detached: true }]);
  const processId = listed[0]!.id;
  const again = muster(`sandboxes attach ${id} ${processId}`);
  await again.sees('begun');
  again.type('something\r');
  await again.sees('got something');
  const ps = muster(`sandboxes ps ${id}`);
  await ps.sees(new RegExp(`${processId} +\\d+ +running +terminal`));
  const kill = muster(`sandboxes kill ${id} ${processId} --signal kill`);
  expect(await kill.ended).toBe(0);
  expect(await again.ended).toBe(137);
});

test('a started process has the directory, environment, user and time that it was given, and its words can be read', async () => {
  const { process: started } = await processes().startProcess({
    sandboxId: id,
    argv: ['sh', '-c', 'echo $GREETING from $(id -u) in $(pwd); sleep 1000.41'],
    env: { GREETING: 'hello' },
    cwd: '/tmp',
    user: '1234',
    timeout: { seconds: 2n },
  });
  const events: AttachProcessResponse['event'][] = [];
  for await (const { event } of processes().attachProcess({ sandboxId: id, processId: started!.id }))
    events.push(event);
  expect(events.at(-1)).toMatchObject({ case: 'exit', value: { timedOut: true, signal: 'SIGKILL' } });
  const logs = muster(`sandboxes logs ${id} ${started!.id}`);
  expect([await logs.ended, logs.screen()]).toEqual([0, 'hello from 1234 in /tmp\r\n']);
  const metrics = muster(`sandboxes metrics ${id}`);
  await metrics.sees(/Memory .* of 512 MiB/);
});

test('a server in the background has its port listed, and a signed link reaches it', async () => {
  const serve =
    'use IO::Socket::INET; my $s = IO::Socket::INET->new(LocalPort => 8080, Listen => 5) or die; while (my $c = $s->accept) { while (<$c>) { last if /^\\r/ } print $c "HTTP/1.0 200 OK\\r\\n\\r\\nserved"; close $c }';
  await shell(system.admin, id, `cat > /root/serve.pl <<'END'\n${serve}\nEND`);
  const start = muster(`sandboxes run --detach --name web ${id} -- perl /root/serve.pl`);
  expect(await start.ended).toBe(0);
  await eventually('it listens', async () => {
    const ports = muster(`sandboxes ports ${id}`);
    return (await ports.ended) === 0 && /8080 +\S+ +perl/.test(ports.screen());
  });
  const link = muster(`sandboxes endpoint ${id} 8080 --sign`, { cols: 400, rows: 30 });
  expect(await link.ended).toBe(0);
  const [url = ''] = /http:\S+/.exec(link.screen()) ?? [];
  expect(await (await fetch(url)).text()).toBe('served');
});

test('standard input is streamed whole, however long it is', async () => {
  const bytes = randomBytes(5_000_000);
  writeFileSync(join(home, 'big'), bytes);
  const sum = createHash('sha256').update(bytes).digest('hex');
  const terminal = muster(`sandboxes run ${id} -- sha256sum < ${home}/big`);
  await terminal.sees(`${sum}  -`);
  expect(await terminal.ended).toBe(0);
});

test('a paused sandbox refuses with the sentence until it is resumed', async () => {
  const start = { sandboxId: id, argv: ['cat'], stdin: true };
  const { process: cat } = await processes().startProcess(start);
  await system.admin.sandboxes.pauseSandbox({ sandboxId: id });
  const refused = [
    processes().startProcess(start),
    processes().sendInput({ sandboxId: id, processId: cat!.id, data: Buffer.from('x') }),
    processes().listProcesses({ sandboxId: id }),
  ];
  expect(await Promise.all(refused.map(codeOf))).toEqual(refused.map(() => Code.FailedPrecondition));
  await system.admin.sandboxes.resumeSandbox({ sandboxId: id });
  const { offset } = await processes().sendInput({ sandboxId: id, processId: cat!.id, data: Buffer.from('x') });
  expect(offset).toBe(1n);
  expect(await codeOf(processes().closeInput({ sandboxId: id, processId: 'proc0123456789abcdef' }))).toBe(
    Code.NotFound,
  );
  const ahead = { sandboxId: id, processId: cat!.id, data: Buffer.from('x'), offset: 9n };
  expect(await codeOf(processes().sendInput(ahead))).toBe(Code.OutOfRange);
  await processes().sendSignal({ sandboxId: id, processId: cat!.id, signal: 'SIGKILL' });
});

test('one that resumes by itself is woken by commands, input, files and requests to a port, whether it is paused or stopped', async () => {
  const { sandboxes, files } = system.admin;
  const { sandbox } = await sandboxes.createSandbox({
    autoResume: true,
    limits: { memoryMib: 128, diskMib: 128 },
  });
  const sandboxId = sandbox!.id;
  const run = async () => (await shell(system.admin, sandboxId, 'echo awake')).stdout;
  const { process: cat } = await processes().startProcess({ sandboxId, argv: ['cat'], stdin: true });
  const { url } = await sandboxes.signEndpoint({ sandboxId, port: 8080 });
  const uses: Readonly<Record<string, () => Promise<unknown>>> = {
    run,
    input: () => processes().sendInput({ sandboxId, processId: cat!.id, data: Buffer.from('x') }),
    file: () => files.makeDirectory({ sandboxId, at: { case: 'path', value: '/root/made' } }),
    // Nothing listens: that it is told so shows that it runs.
    endpoint: async () => expect((await fetch(url)).status).toBe(502),
  };
  for (const [name, use] of Object.entries(uses)) {
    await sandboxes.pauseSandbox({ sandboxId });
    await use();
    const { sandbox: now } = await sandboxes.getSandbox({ sandboxId });
    expect([name, now?.observed]).toEqual([name, ObservedState.RUNNING]);
  }
  await sandboxes.stopSandbox({ sandboxId });
  expect(await run()).toBe('awake\n');
  // To look is no use.
  await sandboxes.pauseSandbox({ sandboxId });
  expect(await codeOf(processes().listProcesses({ sandboxId }))).toBe(Code.FailedPrecondition);
  await sandboxes.destroySandbox({ sandboxId });
});

test('100 MB of random bytes pass whole, by a run and by attaching to a process', async () => {
  const line = 'head -c 100000000 /dev/urandom > /dev/shm/x; sha256sum /dev/shm/x >&2; cat /dev/shm/x; rm /dev/shm/x';
  const { stderr, sum } = await hashed(processes().run({ sandboxId: id, argv: ['sh', '-c', line] }));
  expect(stderr).toContain(sum);
  const { process } = await processes().startProcess({ sandboxId: id, argv: ['sh', '-c', `sleep 1; ${line}`] });
  const attached = await hashed(processes().attachProcess({ sandboxId: id, processId: process!.id, hold: true }));
  expect(attached.stderr).toContain(attached.sum);
});

/** The sum of what came on the standard output, and what came beside it. */
async function hashed(events: AsyncIterable<RunResponse | AttachProcessResponse>) {
  const hash = createHash('sha256');
  let stderr = '';
  for await (const { event } of events) {
    const data = event.case === 'output' ? event.value.data : event;
    if (data.case === 'stdout') hash.update(data.value);
    else if (data.case === 'stderr') stderr += Buffer.from(data.value).toString();
  }
  return { stderr, sum: hash.digest('hex') };
}
