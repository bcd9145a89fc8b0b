import { cp, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { timestampMs } from '@bufbuild/protobuf/wkt';
import { Code } from '@connectrpc/connect';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { HostStatus } from '#proto/muster/v1/host_pb.js';
import { ObservedState } from '#proto/muster/v1/sandbox_pb.js';
import {
  eventually,
  expectEventually,
  failureOf,
  startTestControlPlane,
  type TestControlPlane,
} from '../../control-plane/testing/index.ts';
import { runAgent } from '../../host-agent/agent.ts';
import { ConfigFile, ownDirectory, readOwnBuild } from '../../host-agent/components/index.ts';
import { leaveInstallation } from '../../host-agent/ending.ts';
import { CredentialStore } from '../../host-agent/enrolment/credentials.ts';
import { enrol, openEnrolment } from '../../host-agent/enrolment/enrol.ts';
import { readMachine } from '../../host-agent/machine/specs.ts';
import { LocalSandboxes } from '../../host-agent/testing/local-sandboxes.ts';
import { quickTimes, testContext } from '../../host-agent/testing/test-agent.ts';
import { startNode } from '../support/process.ts';

const unreachableAfterMs = 2_000;

let plane: TestControlPlane;
let directory: string;
const running = new Set<() => Promise<unknown>>();
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'muster-agent-life-'));
  plane = await startTestControlPlane({
    env: {
      MUSTER_STARTUP_GRACE: '0s',
      MUSTER_SWEEP_INTERVAL: '100ms',
      MUSTER_HEARTBEAT_INTERVAL: '1s',
      MUSTER_UNREACHABLE_AFTER: `${unreachableAfterMs}ms`,
    },
  });
});
afterEach(async () => {
  for (const stop of running) await stop();
});
afterAll(async () => {
  await plane?.stop();
  if (directory) await rm(directory, { recursive: true });
});

const hosts = () => plane.admin.clients.hosts;
const sandboxes = () => plane.admin.clients.sandboxes;
const folder = (name: string) => join(directory, name);

/** An agent in this process on what a folder holds, over the true control plane. It joins where it is given a token. */
async function startAgent(name: string, local: LocalSandboxes, token?: string) {
  const dataDir = folder(name);
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  const stop = new AbortController();
  const context = testContext(stop.signal);
  const { fingerprint } = plane.services.installation;
  const joining = token && { server: plane.url, fingerprint, token, rejoin: false };
  const { enrolled, grant } = await (joining ? enrol(context, dataDir, joining, {}) : openEnrolment(dataDir));
  const ending = runAgent(context, {
    enrolled,
    grant,
    dataDir,
    sandboxes: local,
    machine: await readMachine(folder('.')),
    ownBuild: await readOwnBuild(ownDirectory, stop.signal),
    configFile: new ConfigFile(join(dataDir, 'agent.json')),
    pauseAfterMs: undefined,
    times: quickTimes,
  }).finally(() => enrolled.door.close());
  const end = () => {
    running.delete(end);
    stop.abort();
    return ending;
  };
  running.add(end);
  return { stop: end, ending, store: enrolled.store, log: () => context.text() };
}

/** A host with an agent and one sandbox. */
async function machine(name: string) {
  const { host, joinToken } = await hosts().createHost({ name, labels: { name } });
  const hostId = host!.id;
  const local = new LocalSandboxes();
  const agent = await startAgent(name, local, joinToken!.token);
  const read = async () => (await hosts().getHost({ hostId })).host!;
  await expectEventually(async () => (await read()).connected, true);
  const { sandbox } = await sandboxes().createSandbox({ hostLabels: { name } });
  return { hostId, local, agent, read, sandboxId: sandbox!.id };
}

const observed = async (sandboxId: string) => (await sandboxes().getSandbox({ sandboxId })).sandbox!.observed;

async function run(sandboxId: string): Promise<string> {
  let output = '';
  for await (const { event } of plane.admin.clients.processes.run({ sandboxId, argv: ['echo', 'hello'] }))
    if (event.case === 'stdout') output += Buffer.from(event.value).toString();
  return output;
}

test('of a copied disk both agents may only report, restarted or not; nothing is missing, and after the unlock work goes on', async () => {
  const { hostId, local, agent, read, sandboxId } = await machine('copied');
  await agent.stop();
  await cp(folder('copied'), folder('copy'), { recursive: true });
  const copy = await startAgent('copy', local);
  const before = agent.store.held.refreshToken.id;
  await eventually(
    () => copy.store.held.refreshToken.id,
    (id) => expect(id).not.toBe(before),
  );
  await copy.stop();

  // The copy has rotated the credentials; what the original still holds is spent.
  const original = await startAgent('copied', local);
  const quarantined = await eventually(read, (host) =>
    expect(host).toMatchObject({ quarantined: true, connected: true }),
  );
  const since = timestampMs(quarantined.quarantinedAt!);
  const seen = async () => timestampMs((await read()).lastSeenAt!) - since;
  await eventually(seen, (ms) => expect(ms).toBeGreaterThan(unreachableAfterMs));
  await eventually(read, (host) => expect(host).toMatchObject({ status: HostStatus.ONLINE, connected: true }));
  await expectEventually(() => observed(sandboxId), ObservedState.RUNNING);
  expect(original.log()).toContain('This host is quarantined');

  // What is on it is heard, and nothing is asked of it.
  await local.pause(sandboxId);
  await expectEventually(() => observed(sandboxId), ObservedState.PAUSED);
  expect(await failureOf(sandboxes().createSandbox({ hostLabels: { name: 'copied' } }))).toMatchObject({
    code: Code.ResourceExhausted,
  });
  const refused = await failureOf(sandboxes().resumeSandbox({ sandboxId }));
  expect(refused).toMatchObject({ code: Code.Unavailable });
  expect(refused.rawMessage).toContain('quarantined');
  const again = await startAgent('copy', local);
  await eventually(again.log, (log) => expect(log).toContain('This host is quarantined'));
  await original.stop();
  expect(local.views.get(sandboxId)?.state).toBe('paused');

  // Who has the newest credentials goes on.
  await hosts().unlockHost({ hostId, reason: 'the other one was shut down' });
  await expectEventually(() => observed(sandboxId), ObservedState.RUNNING);
  expect(await run(sandboxId)).toBe('hello\n');
  expect(again.log()).toContain('The quarantine of this host is over.');
  await sandboxes().destroySandbox({ sandboxId });
});

test('a host that was deleted while it was away removes its sandboxes, layers and credentials when it is back', async () => {
  const { hostId, local, agent, sandboxId } = await machine('away');
  local.layerDigests.add(`sha256:${'a'.repeat(64)}`);
  await agent.stop();
  await hosts().deleteHost({ hostId, force: true });
  expect(await observed(sandboxId)).toBe(ObservedState.DESTROYED);
  expect(local.views.get(sandboxId)?.state).toBe('running');

  const back = await startAgent('away', local);
  expect(await back.ending).toBe('host deleted');
  const access = { clear: () => Promise.resolve() };
  const leave = () => leaveInstallation(testContext(), back.store, local, access, { firstMs: 1, lastMs: 1 });
  // What cannot be removed is not left alone: the next start finds the credentials, and goes on.
  local.destroyFailure = new Error('The disk is full.');
  await expect(leave()).rejects.toThrow('could not be removed');
  expect(await CredentialStore.open(folder('away'))).toBeDefined();
  local.destroyFailure = undefined;
  await leave();
  expect(local.views.size).toBe(0);
  expect(local.layerDigests.size).toBe(0);
  expect(await CredentialStore.open(folder('away'))).toBeUndefined();
});

test('a machine with sandboxes leaves only by force, and is told their names', async () => {
  const { hostId, agent, read, sandboxId } = await machine('leaving');
  await agent.stop();
  const environment = { MUSTER_MACHINE_DIR: folder('machine'), MUSTER_CACHE_DIR: folder('cache') };
  const leave = async (...more: string[]) => {
    const args = ['leave', '--data-dir', folder('leaving'), ...more];
    const process = startNode('leave', 'host-agent/main.ts', args, { environment });
    return { code: await process.ended, output: process.output() };
  };
  const refused = await leave();
  expect(refused.code).toBe(1);
  expect(refused.output).toContain(sandboxId);
  expect(refused.output).toContain('--force');
  expect(await CredentialStore.open(folder('leaving'))).toBeDefined();
  expect((await read()).status).not.toBe(HostStatus.DELETED);

  expect(await leave('--force')).toMatchObject({ code: 0 });
  expect((await hosts().getHost({ hostId })).host?.status).toBe(HostStatus.DELETED);
  expect(await observed(sandboxId)).toBe(ObservedState.DESTROYED);
  expect(await CredentialStore.open(folder('leaving'))).toBeUndefined();
});
