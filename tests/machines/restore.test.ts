import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { startTestControlPlane } from '../../control-plane/testing/index.ts';
import { removeSandboxes } from '../../local/agent/remove-sandboxes.ts';
import { DriftDecision, HostStatus, UnknownSandboxDecision } from '#proto/muster/v1/host_pb.js';
import { ObservedState } from '#proto/muster/v1/sandbox_pb.js';
import { copyDatabase } from '../setup/copied-database.ts';
import { eventually } from '../support/eventually.ts';
import { startNode } from '../support/process.ts';

const directory = mkdtempSync(join(tmpdir(), 'muster-restore-'));
const env = { MUSTER_HEARTBEAT_INTERVAL: '500ms' };
const controlPlane = await startTestControlPlane({ env });
const { url, databaseUrl } = controlPlane;
const { clients } = controlPlane.admin;
let { replica } = controlPlane;
afterAll(async () => {
  await controlPlane.stop();
  rmSync(directory, { recursive: true });
});

/** Does something while no control plane runs, and starts it again where it was. */
async function meanwhileDown<T>(act: () => Promise<T>): Promise<T> {
  await replica.stop(1_000);
  const result = await act();
  replica = await controlPlane.startReplica({ ...env, MUSTER_LISTEN: new URL(url).host });
  return result;
}

const dataDir = join(directory, 'agent');
const startAgent = (...args: string[]) =>
  startNode('agent', 'host-agent/main.ts', [...args, '--data-dir', dataDir], {
    environment: { MUSTER_AGENT_NETWORK: 'none' },
  });

/** Starts something in a sandbox that writes as long as it is neither ended nor frozen. Answers what it writes to. */
async function startClock(sandboxId: string): Promise<string> {
  const argv = ['sh', '-c', 'while sleep 0.05; do date +%s%N > /clock; done', `clock-of-${sandboxId}`];
  await clients.processes.startProcess({ sandboxId, argv });
  return eventually('it writes', () => {
    const [pid] = execFileSync('pgrep', ['-f', `clock-of-${sandboxId}$`], { encoding: 'utf8' }).split('\n');
    const file = `/proc/${pid}/root/clock`;
    return existsSync(file) ? file : undefined;
  });
}

/** Waits until a clock has moved on. */
async function movesOn(clock: string): Promise<void> {
  const before = readFileSync(clock, 'utf8');
  await eventually('the clock moves on', () => !['', before].includes(readFileSync(clock, 'utf8')));
}

test('an older backup that is restored ends nothing on a machine whose credentials have moved on, until an operator decides', async () => {
  const { host, joinToken } = await clients.hosts.createHost({ name: 'machine' });
  const hostId = host!.id;
  const { fingerprint } = controlPlane.services.installation;
  let agent = startAgent('join', '--server', url, '--fingerprint', fingerprint, '--token', joinToken!.token);
  const read = async () => (await clients.hosts.getHost({ hostId })).host!;
  const isReady = async () => {
    const { status, connected, specs } = await read();
    return status === HostStatus.ONLINE && connected && specs!.templates.includes('base');
  };
  const state = async (sandboxId: string) => (await clients.sandboxes.getSandbox({ sandboxId })).sandbox!.observed;
  const drift = async () => (await clients.hosts.getDrift({})).drift;
  const decide = (decision: DriftDecision, reason: string) => clients.hosts.settleDrift({ decision, reason });
  const listUnknown = async () => (await clients.hosts.listUnknownSandboxes({ hostId })).sandboxes;

  try {
    await eventually(`the machine is ready: ${agent.output()}`, isReady, 300_000);
    const older = (await clients.sandboxes.createSandbox({})).sandbox!.id;
    const olderClock = await startClock(older);
    await clients.sandboxes.pauseSandbox({ sandboxId: older });
    const backup = await meanwhileDown(() => copyDatabase(databaseUrl));

    // What the backup knows nothing of: a sandbox goes on, another one is made, and the credentials are renewed.
    await eventually('the machine is back', isReady);
    await clients.sandboxes.resumeSandbox({ sandboxId: older });
    const newer = (await clients.sandboxes.createSandbox({})).sandbox!.id;
    const newerClock = await startClock(newer);
    const credentials = () => readFileSync(join(dataDir, 'credentials.json'), 'utf8');
    const first = credentials();
    await agent.stop();
    agent = startAgent('run');
    await eventually('it has renewed its credentials', async () => credentials() !== first && (await isReady()));

    await meanwhileDown(() => backup.restore());
    const noticed = await eventually('the machine has seen more than the database knows', drift);
    expect(noticed).toMatchObject({ hostId, hosts: 1 });
    await agent.stop();
    agent = startAgent('run');
    // Its tokens are none that this database has seen. It is told nothing that it would act on, and keeps trying.
    await eventually('it is not let in', () => agent.output().includes('The control plane cannot be reached.'));
    await Promise.all([movesOn(olderClock), movesOn(newerClock)]);

    await decide(DriftDecision.OPEN_WINDOW, 'Restored the backup of last night');
    await eventually('it is taken back by its key', async () => (await drift())?.reestablishedHosts === 1);
    await eventually('it is connected', isReady);
    await eventually('the database sees what differs', async () => ((await drift())?.finding ?? '') !== '');
    await Promise.all([movesOn(olderClock), movesOn(newerClock)]);

    // From here on the database counts: it wants the older one paused, and knows nothing of the newer one.
    expect((await decide(DriftDecision.ACCEPT, 'Looked through')).drift).toBeUndefined();
    await eventually('the older one is paused', async () => (await state(older)) === ObservedState.PAUSED);
    await eventually('the newer one is shown', async () => (await listUnknown()).length === 1);
    const unknown = { hostId, sandboxId: newer, reason: 'Its team asks for it' };
    await clients.hosts.settleUnknownSandbox({ ...unknown, decision: UnknownSandboxDecision.RELEASE });
    await movesOn(newerClock);
    await clients.sandboxes.resumeSandbox({ sandboxId: older });
    await movesOn(olderClock);

    await clients.hosts.settleUnknownSandbox({ ...unknown, decision: UnknownSandboxDecision.DESTROY });
    await clients.sandboxes.destroySandbox({ sandboxId: older });
    await eventually('both have ended', () => !existsSync(newerClock) && !existsSync(olderClock));
    await backup.drop();
  } finally {
    await agent.stop();
    // Only where the test has failed there are any.
    await removeSandboxes({ environment: {} }, { agent: dataDir });
  }
});
