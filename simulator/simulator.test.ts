import { Code, ConnectError } from '@connectrpc/connect';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { HostStatus } from '#proto/muster/v1/host_pb.js';
import { ObservedState } from '#proto/muster/v1/sandbox_pb.js';
import {
  eventually,
  expectEventually,
  startTestControlPlane,
  type Clients,
  type TestControlPlane,
} from '../control-plane/testing/index.ts';
import { startSimulatedHost, type SimulatedHost } from './index.ts';

let controlPlane: TestControlPlane;
let host: SimulatedHost;
let admin: Clients;
beforeAll(async () => {
  controlPlane = await startTestControlPlane({
    env: {
      MUSTER_HEARTBEAT_INTERVAL: '200ms',
      MUSTER_UNREACHABLE_AFTER: '1s',
      MUSTER_STARTUP_GRACE: '100ms',
      MUSTER_SWEEP_INTERVAL: '100ms',
    },
  });
  admin = controlPlane.admin.clients;
  const { joinToken } = await admin.hosts.createHost({ name: 'simulated' });
  const { fingerprint } = controlPlane.services.installation;
  host = await startSimulatedHost({ serverUrl: controlPlane.url, joinToken: joinToken!.token, fingerprint });
});
beforeEach(() => expectEventually(async () => [await status(), await isConnected()], [HostStatus.ONLINE, true]));
afterAll(async () => {
  await host?.stop();
  await controlPlane?.stop();
});

const hostNow = async () => (await admin.hosts.getHost({ hostId: host.id })).host!;
const status = async () => (await hostNow()).status;
const isConnected = async () => (await hostNow()).connected;
const create = async () => (await admin.sandboxes.createSandbox({})).sandbox!;
const observed = async (sandboxId: string) => (await admin.sandboxes.getSandbox({ sandboxId })).sandbox!.observed;
const run = async (sandboxId: string, argv: string[], stdin = '', signal?: AbortSignal) => {
  let stdout = '';
  for await (const { event } of admin.processes.run({ sandboxId, argv, stdin: Buffer.from(stdin) }, { signal })) {
    if (event.case === 'stdout') stdout += Buffer.from(event.value).toString();
    if (event.case === 'exit') return { stdout, code: event.value.code };
  }
  throw new Error('the stream ended without an exit');
};

test('it runs sandboxes and the few commands that it knows', async () => {
  const { id, hostId } = await create();
  expect(hostId).toBe(host.id);
  expect(await run(id, ['echo', 'hello'])).toEqual({ stdout: 'hello\n', code: 0 });
  expect(await run(id, ['cat'], 'input')).toEqual({ stdout: 'input', code: 0 });
  expect(await run(id, ['sh', '-c', 'echo one; echo two; exit 3'])).toEqual({ stdout: 'one\ntwo\n', code: 3 });
  expect(await run(id, ['no-such-program'])).toMatchObject({ code: 127 });
  const leave = new AbortController();
  const left = run(id, ['sleep', '1000'], '', leave.signal).catch((error: unknown) => ConnectError.from(error).code);
  leave.abort();
  expect(await left).toBe(Code.Canceled);
  await admin.sandboxes.destroySandbox({ sandboxId: id });
  expect(host.sandboxes).toEqual([]);
});

test('it falls silent and comes back', async () => {
  const { id } = await create();
  host.goSilent();
  await expectEventually(status, HostStatus.UNREACHABLE);
  await expectEventually(() => observed(id), ObservedState.MISSING);
  host.comeBack();
  await expectEventually(() => observed(id), ObservedState.RUNNING);
  await admin.sandboxes.destroySandbox({ sandboxId: id });
});

test('it drops its connection, rotates its credentials, starts anew, and is there again', async () => {
  host.dropConnection();
  await expectEventually(() => host.connected, true);
  await host.refresh();
  await host.beat();
  await host.restart();
  // The control plane may still count a connection that is just ending: until it has noticed, no host fits.
  const { id } = await eventually(create, () => {});
  expect(await run(id, ['true'])).toMatchObject({ code: 0 });
});

test('it fails creates when it is told to', async () => {
  host.failCreates('the disk is full');
  const { sandbox } = await admin.sandboxes.createSandbox({}).catch(() => ({ sandbox: undefined }));
  expect(sandbox?.observed).not.toBe(ObservedState.RUNNING);
  host.failCreates(undefined);
  expect((await create()).observed).toBe(ObservedState.RUNNING);
});

test('a create whose answer it loses is settled by its inventory', async () => {
  const before = host.sandboxes.length;
  host.loseAnswers();
  await admin.sandboxes.createSandbox({ requestId: 'lost' }).catch(() => undefined);
  const { sandbox } = await admin.sandboxes.createSandbox({ requestId: 'lost' });
  await expectEventually(() => observed(sandbox!.id), ObservedState.RUNNING);
  expect(host.sandboxes).toHaveLength(before + 1);
});

test('what it forgets is noticed, and what nobody knows is shown', async () => {
  const { id } = await create();
  host.forgetSandbox(id);
  host.addUnknownSandbox('sbxunknown00000');
  await expectEventually(() => observed(id), ObservedState.FAILED);
  await expectEventually(async () => {
    const { sandboxes } = await admin.hosts.listUnknownSandboxes({});
    return sandboxes.map(({ sandboxId }) => sandboxId);
  }, ['sbxunknown00000']);
});

test('a wrong token or another key does not get it in', async () => {
  const { joinToken } = await admin.hosts.createHost({ name: 'another' });
  const { fingerprint } = controlPlane.services.installation;
  const options = { serverUrl: controlPlane.url, joinToken: joinToken!.token, fingerprint };
  await expect(startSimulatedHost({ ...options, joinToken: 'mst_join_wrong' })).rejects.toThrow(ConnectError);
  await expect(startSimulatedHost({ ...options, fingerprint: 'SHA256:wrong' })).rejects.toThrow(
    /not signed by the installation/,
  );
});
