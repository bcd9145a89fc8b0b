import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fromJsonString } from '@bufbuild/protobuf';
import { Code, ConnectError } from '@connectrpc/connect';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { HostStatus } from '#proto/muster/v1/host_pb.js';
import {
  CreateSandboxResponseSchema,
  ListSandboxesResponseSchema,
  ObservedState,
} from '#proto/muster/v1/sandbox_pb.js';
import { onTerminal } from '../processes/pty.ts';
import { eventually } from '../support/eventually.ts';
import { repositoryRoot, startCommand } from '../support/process.ts';
import { run, shell } from '../support/run.ts';
import { startSystem, type System, type TestHost } from '../support/system.ts';

let system: System;
let first: TestHost;
let second: TestHost;

beforeAll(async () => {
  system = await startSystem();
  first = await system.addHost('first');
  second = await system.addHost('second');
}, 600_000);
afterAll(() => system?.stop());

const create = async (options = {}) => (await system.admin.sandboxes.createSandbox(options)).sandbox!;
const observed = async (sandboxId: string) =>
  (await system.admin.sandboxes.getSandbox({ sandboxId })).sandbox!.observed;
const status = async (hostId: string) => (await system.admin.hosts.getHost({ hostId })).host!.status;

test('sandboxes are spread round robin over two agents of one machine', async () => {
  const created = [];
  for (let index = 0; index < 4; index += 1) created.push(await create({ limits: { memoryMib: 64 } }));
  const hosts = created.map(({ hostName }) => hostName);
  expect(hosts[0]).not.toBe(hosts[1]);
  expect(hosts[2]).toBe(hosts[0]);
  expect(hosts[3]).toBe(hosts[1]);
  await Promise.all(created.map(({ id }) => system.admin.sandboxes.destroySandbox({ sandboxId: id })));
  for (const { id } of created) expect(await observed(id)).toBe(ObservedState.DESTROYED);
});

test('a command streams its output, takes input, and ends with its own code', async () => {
  const { id } = await create({ env: { GREETING: 'hello' } });
  const result = await run(system.admin, {
    sandboxId: id,
    argv: ['sh', '-c', 'echo "$GREETING $(cat)"; echo trouble >&2; exit 3'],
    stdin: new TextEncoder().encode('world'),
  });
  expect(result).toMatchObject({ stdout: 'hello world\n', stderr: 'trouble\n', code: 3 });
  expect([first.id, second.id]).toContain(result.hostId);
  const missing = await run(system.admin, { sandboxId: id, argv: ['no-such-program'] });
  expect(missing.code).toBe(127);
  expect(missing.stderr).toContain('no-such-program');
});

test('a command ends when its caller goes away', async () => {
  const { id } = await create();
  const leave = new AbortController();
  const left = run(system.admin, { sandboxId: id, argv: ['sh', '-c', 'echo here; sleep 987'] }, leave.signal).catch(
    (error: unknown) => error,
  );
  await eventually(
    'the command runs',
    async () => (await shell(system.admin, id, 'ls /proc/*/comm | xargs grep -l sleep')).stdout !== '',
  );
  leave.abort();
  expect(ConnectError.from(await left).code).toBe(Code.Canceled);
  await eventually(
    'the command is gone',
    async () => (await shell(system.admin, id, 'cat /proc/[0-9]*/comm | grep -c sleep')).stdout === '0\n',
  );
});

test('what runs in a sandbox survives the death of its agent, and of the control plane', async () => {
  const { id, hostId } = await create({ onDisconnect: 2 });
  await shell(
    system.admin,
    id,
    'nohup sh -c "while true; do date +%s%N > /tmp/beat; sleep 0.1; done" > /dev/null 2>&1 &',
  );
  const processes = () => shell(system.admin, id, 'pgrep -f "sleep 0.1|beat" | head -1');
  const before = (await processes()).stdout;
  const host = hostId === first.id ? first : second;

  host.agent.signal('SIGKILL');
  await host.agent.ended;
  await eventually('the host is unreachable', async () => (await status(host.id)) === HostStatus.UNREACHABLE);
  expect(await observed(id)).toBe(ObservedState.MISSING);
  const refused = await shell(system.admin, id, 'true').catch((error: unknown) => ConnectError.from(error));
  expect(refused).toMatchObject({ code: Code.Unavailable });

  host.start();
  await eventually('the host is online', async () => (await status(host.id)) === HostStatus.ONLINE);
  await eventually('the sandbox is running', async () => (await observed(id)) === ObservedState.RUNNING);
  expect((await processes()).stdout).toBe(before);

  await system.restartControlPlane();
  await eventually('a command runs again', async () => (await shell(system.admin, id, 'cat /tmp/beat')).code === 0);
  expect((await processes()).stdout).toBe(before);
});

test('a paused sandbox is frozen, says so, and goes on where it was', async () => {
  const { id } = await create();
  await system.admin.sandboxes.pauseSandbox({ sandboxId: id });
  expect(await observed(id)).toBe(ObservedState.PAUSED);
  const refused = await shell(system.admin, id, 'true').catch((error: unknown) => ConnectError.from(error));
  expect(refused).toMatchObject({ code: Code.FailedPrecondition });
  await system.admin.sandboxes.resumeSandbox({ sandboxId: id });
  expect((await shell(system.admin, id, 'echo back')).stdout).toBe('back\n');
});

test('a sandbox ends when its time is over', async () => {
  const { id } = await create({ timeout: { seconds: 10n } });
  await eventually('it is destroyed', async () => (await observed(id)) === ObservedState.DESTROYED);
});

test('what the README types to run something works as it stands there', { timeout: 400_000 }, async () => {
  const { id: sandboxId } = await create({ limits: { memoryMib: 64 } });
  const environment = { MUSTER_SERVER: system.url, MUSTER_TOKEN: system.adminToken, HOME: system.directory };
  const type = async (line: string) => {
    const typed = startCommand(line, 'bash', ['-c', line.replaceAll('SANDBOX', sandboxId)], { environment });
    expect({ line, code: await typed.ended, said: typed.output() }).toMatchObject({ code: 0 });
    return typed.stdout();
  };
  const said = new Map<string, string>();
  for (const line of readmeBlock('3. Run something.').split('\n'))
    if (!/ (shell|destroy) /.test(line)) said.set(line.split(' ').slice(2, 4).join(' '), await type(line));
  expect([...said.keys()]).toEqual([
    'sandboxes create',
    'sandboxes run',
    '2 3',
    'sandboxes cp',
    'sandboxes fork',
    'sandboxes list',
  ]);
  expect(said.get('sandboxes create')).toMatch(/^sbx[0-9a-z]{12,}\n$/);
  expect(said.get('sandboxes run')).toMatch(/^hello\nLinux /);
  expect(said.get('2 3')).toBe('3\n');
  expect((await shell(system.admin, sandboxId, 'head -1 /root/README.md')).stdout).toBe('# Muster\n');
  const forks = said.get('sandboxes fork')!.trim().split('\n');
  expect(forks).toHaveLength(3);
  expect((await shell(system.admin, forks[2]!, 'head -1 /root/README.md')).stdout).toBe('# Muster\n');
  for (const id of [sandboxId, ...forks]) expect(said.get('sandboxes list')).toContain(id);

  const terminal = onTerminal(
    `npx muster sandboxes shell ${sandboxId}`,
    { ...environment, PATH: process.env['PATH'] ?? '' },
    { cols: 120, rows: 30 },
  );
  await terminal.sees(/[#$] /);
  terminal.type('echo answer-$((6 * 7))\r');
  await terminal.sees('answer-42');
  terminal.type('exit\r');
  expect(await terminal.ended).toBe(0);

  const list = fromJsonString(ListSandboxesResponseSchema, await type('npx muster sandboxes list --json'));
  expect(list.sandboxes.map(({ id }) => id)).toContain(sandboxId);
  expect(await type('npx muster sandboxes destroy SANDBOX')).toContain(sandboxId);
  const others = [...forks, said.get('sandboxes create')!.trim()];
  await Promise.all(others.map((id) => system.admin.sandboxes.destroySandbox({ sandboxId: id })));
});

test('what the README types without our clients works as it stands there', { timeout: 400_000 }, async () => {
  const { id: sandboxId } = await create({ limits: { memoryMib: 64 } });
  const lines = readmeBlock('6. Without our clients.').replaceAll('\\\n', '').split('\n');
  const answers: string[] = [];
  for (const line of lines.slice(1)) {
    const asked = line.replaceAll('http://127.0.0.1:7080', system.url).replaceAll('SANDBOX', sandboxId);
    const typed = startCommand(line, 'bash', ['-c', asked], { environment: { TOKEN: system.adminToken } });
    const code = await typed.ended;
    // What a command in a sandbox ends with is no failure of the call.
    expect({ line, code, said: typed.output() }).toMatchObject({ code: 0 });
    answers.push(typed.stdout());
  }
  const [methods = '', created = '', events = '', fleet = ''] = answers;
  expect(methods).toContain('muster.v1.SandboxService/CreateSandbox\n');
  const { sandbox } = fromJsonString(CreateSandboxResponseSchema, created);
  expect(sandbox?.observed).toBe(ObservedState.RUNNING);
  expect(events).toContain(`"stdout": "${Buffer.from('hello\n').toString('base64')}"`);
  expect(events).toMatch(/"exit": \{\s+"code": 7/);
  expect(JSON.parse(fleet)).toMatchObject({ summary: { totalHosts: 2 } });
  await Promise.all([sandboxId, sandbox!.id].map((id) => system.admin.sandboxes.destroySandbox({ sandboxId: id })));
});

/** The first block of commands below a step of the README. */
function readmeBlock(step: string): string {
  const readme = readFileSync(join(repositoryRoot, 'README.md'), 'utf8');
  return /^```\n([^]+?)\n```/m.exec(readme.slice(readme.indexOf(`**${step}**`)))?.[1] ?? '';
}

test('a full fleet says how many hosts could not take it, and why', async () => {
  const refused = await create({ limits: { memoryMib: 262_144 } }).catch((error: unknown) => ConnectError.from(error));
  expect(refused).toMatchObject({ code: Code.ResourceExhausted });
  await system.admin.hosts.cordonHost({ hostId: first.id, reason: 'maintenance' });
  await expect(create({ limits: { memoryMib: 262_144 } })).rejects.toThrow('1 cordoned');
  await system.admin.hosts.uncordonHost({ hostId: first.id });
});
