import { Code, ConnectError } from '@connectrpc/connect';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { HostStatus } from '#proto/muster/v1/host_pb.js';
import { ObservedState } from '#proto/muster/v1/sandbox_pb.js';
import { eventually } from '../support/eventually.ts';
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

test('a full fleet says how many hosts could not take it, and why', async () => {
  const refused = await create({ limits: { memoryMib: 262_144 } }).catch((error: unknown) => ConnectError.from(error));
  expect(refused).toMatchObject({ code: Code.ResourceExhausted });
  await system.admin.hosts.cordonHost({ hostId: first.id, reason: 'maintenance' });
  await expect(create({ limits: { memoryMib: 262_144 } })).rejects.toThrow('1 cordoned');
  await system.admin.hosts.uncordonHost({ hostId: first.id });
});
