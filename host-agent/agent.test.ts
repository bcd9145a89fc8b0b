import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { durationFromMs } from '@bufbuild/protobuf/wkt';
import { Code, ConnectError } from '@connectrpc/connect';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { RefusalKind } from '#proto/muster/agent/v1/enrolment_pb.js';
import { ExpiryAction, ObservedState, OnDisconnect } from '#proto/muster/v1/sandbox_pb.js';
import { leaveInstallation, pauseOnExit } from './ending.ts';
import { CredentialStore } from './enrolment/credentials.ts';
import { TestControlPlane, type AgentConnection } from './testing/control-plane.ts';
import { eventually } from './testing/eventually.ts';
import { LocalSandboxes } from './testing/local-sandboxes.ts';
import { makeDataDir, startTestAgent, testContext, type TestAgent } from './testing/test-agent.ts';

let controlPlane: TestControlPlane;
let dataDir: Awaited<ReturnType<typeof makeDataDir>>;
let agents: TestAgent[];

beforeEach(async () => {
  controlPlane = await TestControlPlane.start();
  dataDir = await makeDataDir();
  agents = [];
});
afterEach(async () => {
  await Promise.all(agents.map((agent) => agent.stop()));
  await controlPlane.stop();
  await dataDir.remove();
});

const start = async (options: Parameters<typeof startTestAgent>[2] = {}) => {
  const agent = await startTestAgent(controlPlane, dataDir.path, options);
  agents.push(agent);
  return agent;
};
const connected = (): Promise<AgentConnection> =>
  eventually('the agent connects', async () =>
    (await controlPlane.connection?.proved) ? controlPlane.connection : undefined,
  );
const limits = { cpu: 1, memoryMib: 64, diskMib: 64, pids: 32 };
const sandboxId = 'sbx000000000000';
const create = async (onDisconnect = OnDisconnect.PAUSE) => {
  const { client } = await connected();
  return client.createSandbox({ sandboxId, attempt: 1, spec: { template: 'base', limits, onDisconnect } });
};

test('an agent beats, with its specs once, its sequence, its components and its inventory', async () => {
  const agent = await start();
  const { heartbeats } = controlPlane.installation;
  await eventually('three heartbeats', () => heartbeats.length >= 3);
  const [first, second] = heartbeats;
  expect(first!.specs).toMatchObject({ arch: process.arch, runtime: 'local 1', templates: ['base'] });
  expect(second!.specs).toBeUndefined();
  expect(second!.sequence).toBe(first!.sequence + 1n);
  expect(first!.components.map(({ component }) => component)).toEqual(['muster-agent']);
  expect(Buffer.from(first!.inventoryDigest)).toEqual(Buffer.from(agent.sandboxes.inventory().digest));
});

test('the control plane is the client of the connection that the agent opened', async () => {
  const agent = await start();
  const { client, instanceId } = await connected();
  const proof = await client.proveConnection({ nonce: Buffer.alloc(32, 7) });
  expect(proof).toMatchObject({ instanceId });
  expect(controlPlane.installation.checkToken(`Bearer ${proof.accessToken}`)).toBeDefined();
  const { sandbox } = await create();
  expect(sandbox).toMatchObject({ sandboxId, state: ObservedState.RUNNING });
  const inventory = await client.getInventory({});
  expect(inventory.instanceId).toBe(instanceId);
  expect(inventory.sandboxes.map((each) => each.sandboxId)).toEqual([sandboxId]);
  expect((await client.pauseSandbox({ sandboxId, attempt: 1 })).sandbox?.state).toBe(ObservedState.PAUSED);
  expect((await client.destroySandbox({ sandboxId, attempt: 1 })).lastLog).toBe('bye');
  expect(agent.sandboxes.views.size).toBe(0);
});

test('a command streams, takes input and ends with its code', async () => {
  await start();
  await create();
  const { client } = await connected();
  const events = [];
  for await (const { event } of client.run({
    run: { sandboxId, argv: ['sh', '-c', 'cat; exit 3'], stdin: Buffer.from('hello') },
  })) {
    events.push(event?.event);
  }
  expect(events.map((event) => event?.case)).toEqual(['started', 'stdout', 'exit']);
  expect(events[1]?.value).toEqual(new Uint8Array(Buffer.from('hello')));
  expect(events[2]?.value).toMatchObject({ code: 3 });
});

test('a command ends when its caller goes away, and when the connection does', async () => {
  const agent = await start();
  await create();
  for (const leave of [(stop: AbortController) => stop.abort(), () => controlPlane.connection?.cut()]) {
    const { client } = await connected();
    const stop = new AbortController();
    const running = (async () => {
      for await (const _ of client.run({ run: { sandboxId, argv: ['sleep', '100'] } }, { signal: stop.signal }));
    })();
    await eventually('the command runs', () => agent.sandboxes.pids.size === 1);
    leave(stop);
    await expect(running).rejects.toThrow(ConnectError);
    await eventually('the command is gone', () => agent.sandboxes.pids.size === 0);
  }
});

test('a slow reader slows the command down', async () => {
  const agent = await start();
  await create();
  const { client } = await connected();
  const stop = new AbortController();
  const stream = client.run({ run: { sandboxId, argv: ['yes'] } }, { signal: stop.signal })[Symbol.asyncIterator]();
  await stream.next();
  await stream.next();
  const written = async () => {
    const [pid] = agent.sandboxes.pids;
    return Number(/wchar: (\d+)/.exec(await readFile(`/proc/${pid}/io`, 'utf8'))?.[1]);
  };
  let before = 0;
  await eventually('the command waits', async () => before === (before = await written()) && before > 0);
  // Windows and buffers on the way, and no more.
  expect(before).toBeLessThan(64 * 1024 * 1024);
  stop.abort();
  await expect(stream.next()).rejects.toThrow(ConnectError);
});

test('refusals carry a code and a reason, and invalid requests name the field', async () => {
  const agent = await start();
  const { client } = await connected();
  const refused = async (call: Promise<unknown>) => ConnectError.from(await call.catch((error: unknown) => error));
  expect(await refused(client.pauseSandbox({ sandboxId, attempt: 1 }))).toMatchObject({ code: Code.NotFound });
  expect(await refused(client.pauseSandbox({ sandboxId: '../etc', attempt: 1 }))).toMatchObject({
    code: Code.InvalidArgument,
  });
  agent.sandboxes.createFailure = new Error('the disk is full');
  const failed = await refused(create());
  expect(failed).toMatchObject({ code: Code.Internal, rawMessage: 'the disk is full' });
});

test('a control plane that goes down and comes back finds the agent and its sandboxes', async () => {
  const agent = await start();
  await create();
  const port = await controlPlane.goDown();
  await eventually('the agent notices', () => agent.log().includes('cannot be reached'));
  await controlPlane.listen(port);
  const { client } = await connected();
  expect((await client.getInventory({})).sandboxes).toHaveLength(1);
  expect(agent.sandboxes.views.get(sandboxId)?.state).toBe('running');
});

test('a server that cannot sign with the pinned key gets no call through', async () => {
  controlPlane.mode = 'other key';
  const agent = await start();
  await eventually('the agent says so', () => agent.log().includes('its signature is wrong'));
  expect(agent.log()).not.toContain('Connected to the control plane');
  controlPlane.mode = 'ok';
  await connected();
});

test.each(['html', 'not found', 'bad gateway', 'redirect'] as const)(
  'what some proxy answers instead of heartbeats and connections (%s) ends nothing: sandboxes run, credentials stay',
  async (mode) => {
    const agent = await start();
    await create();
    const before = await readFile(join(dataDir.path, 'credentials.json'), 'utf8');
    controlPlane.mode = mode;
    controlPlane.connection?.cut();
    await eventually('both are answered by the proxy', () => {
      return controlPlane.dials.answeredByProxy >= 2 && agent.log().includes('The control plane cannot be reached.');
    });
    expect(agent.sandboxes.views.get(sandboxId)?.state).toBe('running');
    expect(await readFile(join(dataDir.path, 'credentials.json'), 'utf8')).toBe(before);
    controlPlane.mode = 'ok';
    await eventually('it is back', () => agent.log().includes('The control plane answers again.'));
    const { client } = await connected();
    expect((await client.getInventory({})).sandboxes).toMatchObject([{ sandboxId, state: ObservedState.RUNNING }]);
  },
);

test('a connection that is let go right after the proof, as of a second agent instance, is dialled less and less often', async () => {
  controlPlane.mode = 'lets go';
  const agent = await start({ times: { backoff: { firstMs: 1, lastMs: 60_000 }, keptAfterMs: 60_000 } });
  const { heartbeats } = controlPlane.installation;
  await eventually('it has tried for a while', () => heartbeats.length >= 8 && controlPlane.dials.begun >= 3);
  // Had each proof counted as a success, it would be hundreds by now; doubling, it is some twenty in the first minutes.
  expect(controlPlane.dials.begun).toBeLessThan(40);
  expect(agent.log()).not.toContain('Connected to the control plane');
});

test('an access token that is refused is refreshed at once, and one that the control plane asks to be', async () => {
  await start();
  const { installation } = controlPlane;
  await eventually('a heartbeat', () => installation.heartbeats.length > 0);
  installation.revokeAccessTokens();
  const before = installation.heartbeats.length;
  await eventually('heartbeats go on', () => installation.heartbeats.length > before);
  expect(installation.proposals).toHaveLength(1);
  expect(installation.pendingTokenId).toBeUndefined();
  installation.refreshNow = true;
  await eventually('the next rotation is settled', () => {
    return installation.proposals.length === 2 && installation.pendingTokenId === undefined;
  });
});

test('sandboxes are frozen while the control plane is lost, except those that want to go on, and go on afterwards', async () => {
  const agent = await start({ pauseAfterMs: 300 });
  await create();
  const { client } = await connected();
  await client.createSandbox({
    sandboxId: 'sbx111111111111',
    attempt: 1,
    spec: { template: 'base', limits, onDisconnect: OnDisconnect.KEEP },
  });
  const port = await controlPlane.goDown();
  await eventually('it is paused', () => agent.sandboxes.views.get(sandboxId)?.state === 'paused');
  expect(agent.sandboxes.views.get('sbx111111111111')?.state).toBe('running');
  expect(agent.sandboxes.views.get(sandboxId)?.reason).toContain('has not reached the control plane');

  await controlPlane.listen(port);
  // A connection that begins while the port comes back may be the agent's last attempt, which it has given up.
  await eventually('the inventory is asked for', async () =>
    (await connected()).client.getInventory({}).catch(() => undefined),
  );
  await eventually('it runs', () => agent.sandboxes.views.get(sandboxId)?.state === 'running');
});

test('on return, what is wanted now comes before what is resumed', async () => {
  const agent = await start({ pauseAfterMs: 300, times: { inventoryWithinMs: 60_000, settleMs: 1000 } });
  await create();
  const other = 'sbx111111111111';
  const { views } = agent.sandboxes;
  views.set(other, { ...views.get(sandboxId)!, sandboxId: other });
  const port = await controlPlane.goDown();
  await eventually('they are paused', () =>
    [sandboxId, other].every((id) => agent.sandboxes.views.get(id)?.pausedByAgent),
  );
  const states: string[] = [];
  agent.sandboxes.onChange((change) => void states.push('state' in change ? change.state : 'destroyed'));
  await controlPlane.listen(port);
  // A connection that begins while the port comes back may be the agent's last attempt, which it has given up.
  await eventually('what is wanted is told', async () => {
    const { client } = await connected();
    const told = [client.getInventory({}), client.destroySandbox({ sandboxId, attempt: 1 })];
    return Promise.all(told).catch(() => undefined);
  });
  await eventually('the other one goes on', () => agent.sandboxes.views.get(other)?.state === 'running');
  expect(states).toEqual(['destroyed', 'running']);
});

test('an expired sandbox waits for the control plane: frozen while that is lost, and goes on where it was renewed', async () => {
  const agent = await start();
  await create();
  const { client } = await connected();
  const expiry = { sandboxId, attempt: 1, onExpiry: ExpiryAction.DESTROY };
  await client.setExpiries({ expiries: [{ ...expiry, expiresIn: durationFromMs(1) }], saidAt: 1n });
  const { heartbeats } = controlPlane.installation;
  const before = heartbeats.length;
  await eventually('some time has gone by', () => heartbeats.length > before + 5);
  expect(agent.sandboxes.views.get(sandboxId)?.state).toBe('running');
  const port = await controlPlane.goDown();
  await eventually('it is frozen', () => agent.sandboxes.views.get(sandboxId)?.pausedByAgent);
  await controlPlane.listen(port);
  // Renewed meanwhile.
  const renewal = { expiries: [{ ...expiry, expiresIn: durationFromMs(3_600_000) }], saidAt: 2n };
  await eventually('the renewal is told', async () =>
    (await connected()).client.setExpiries(renewal).catch(() => false),
  );
  await eventually('it goes on', () => agent.sandboxes.views.get(sandboxId)?.state === 'running');
});

test('what is to become of expired sandboxes is done here where the control plane stays away', async () => {
  const agent = await start({ times: { endExpiredAfterMs: 1000 } });
  await create();
  const { client } = await connected();
  const expiry = { sandboxId, attempt: 1, onExpiry: ExpiryAction.DESTROY, expiresIn: durationFromMs(1) };
  await client.setExpiries({ expiries: [expiry], saidAt: 1n });
  const port = await controlPlane.goDown();
  await eventually('it is destroyed', () => agent.sandboxes.ended.length === 1);
  expect(agent.log()).toContain('done here what was to become of them');
  await controlPlane.listen(port);
});

test('revoked credentials freeze the sandboxes and are kept; a quarantine freezes nothing', async () => {
  const agent = await start();
  await create();
  const { installation } = controlPlane;
  installation.refuseRefresh = { kind: RefusalKind.QUARANTINED, signing: 'signed' };
  installation.revokeAccessTokens();
  controlPlane.connection?.cut();
  await eventually('it is said', () => agent.log().includes('locked after a finding'));
  expect(agent.sandboxes.views.get(sandboxId)?.state).toBe('running');

  installation.refuseRefresh = { kind: RefusalKind.CREDENTIALS_REVOKED, signing: 'signed' };
  await eventually('it is paused', () => agent.sandboxes.views.get(sandboxId)?.state === 'paused');
  expect(await CredentialStore.open(dataDir.path)).toBeDefined();

  installation.refuseRefresh = undefined;
  await eventually('it runs again', () => agent.sandboxes.views.get(sandboxId)?.state === 'running');
});

test('specs whose answer is lost may have come: those that were known before are told again', async () => {
  const { heartbeats } = controlPlane.installation;
  const sandboxes = new LocalSandboxes();
  const usual = sandboxes.capabilities();
  await start({ sandboxes });
  await eventually('the specs are known', () => heartbeats.at(-1)?.specs === undefined && heartbeats.length > 1);
  // In one turn with the beat that tells them, and for that one alone.
  sandboxes.capabilities = () => {
    controlPlane.loseNext('heartbeat');
    sandboxes.capabilities = () => usual;
    return { ...usual, runtimeProblem: 'gone for a moment' };
  };
  const told = () => heartbeats.slice(1).flatMap(({ specs }) => specs?.runtimeProblem ?? []);
  await eventually('both are told', () => told().length >= 2);
  const after = heartbeats.length;
  await eventually('another heartbeat', () => heartbeats.length > after);
  expect(told()).toEqual(['gone for a moment', '']);
});

test('a database that is older than what was seen is told the specs again, until it is newer', async () => {
  const { installation } = controlPlane;
  const { heartbeats } = installation;
  const lastTell = (count: number) => heartbeats.slice(-count).map(({ specs }) => specs !== undefined);
  installation.state = { generation: 'one', sequence: 10n };
  await start();
  await eventually('the specs are known', () => heartbeats.length >= 3 && !lastTell(2).includes(true));
  installation.state = { generation: 'one', sequence: 5n };
  await eventually('they are told each time', () => !lastTell(3).includes(false));
  installation.state = { generation: 'two', sequence: 1n };
  await eventually('they are known again', () => !lastTell(2).includes(true));
});

test('a clock that differs by more than half a minute is warned of, once until it is right again', async () => {
  const { installation } = controlPlane;
  const agent = await start();
  const warnings = () => agent.log().split('differs from the control plane').length - 1;
  const beats = async (count: number) => {
    const before = installation.heartbeats.length;
    await eventually('heartbeats', () => installation.heartbeats.length >= before + count);
  };
  installation.clockAheadMs = 20_000;
  await beats(2);
  expect(warnings()).toBe(0);
  installation.clockAheadMs = 3_600_000;
  await eventually('the warning', () => warnings() === 1);
  await beats(2);
  expect(warnings()).toBe(1);
});

test('an unsigned refusal is no reason to do anything', async () => {
  const agent = await start();
  await create();
  controlPlane.installation.refuseHeartbeats = { kind: RefusalKind.HOST_DELETED, signing: 'unsigned' };
  const { proposals } = controlPlane.installation;
  await eventually('the agent has asked again', () => proposals.length >= 3);
  expect(agent.sandboxes.views.get(sandboxId)?.state).toBe('running');
});

test('a deleted host destroys its sandboxes, sets its credentials aside and ends', async () => {
  const agent = await start();
  await create();
  controlPlane.installation.refuseHeartbeats = { kind: RefusalKind.HOST_DELETED, signing: 'signed' };
  expect(await agent.ending).toBe('host deleted');
  const store = await CredentialStore.open(dataDir.path);
  await leaveInstallation(testContext(), store!, agent.sandboxes, { clear: () => Promise.resolve() });
  expect(agent.sandboxes.views.size).toBe(0);
  expect(await CredentialStore.open(dataDir.path)).toBeUndefined();
  expect(await readdir(dataDir.path)).toContainEqual(expect.stringMatching(/^credentials\.json\.deleted-/));
});

test('what was paused on exit goes on after the next start, once the control plane was heard', async () => {
  const sandboxes = new LocalSandboxes();
  const agent = await start({ sandboxes });
  await create(OnDisconnect.KEEP);
  expect(await agent.stop()).toBe('stopped');
  const context = testContext();
  await pauseOnExit(context, sandboxes);
  expect(context.text()).toContain('Paused 1 sandbox;');
  expect(sandboxes.views.get(sandboxId)?.state).toBe('paused');
  await start({ sandboxes });
  await eventually('it runs', () => sandboxes.views.get(sandboxId)?.state === 'running');
});

test('a failed sandbox is told before the next regular heartbeat', async () => {
  controlPlane.installation.heartbeatEveryMs = 60_000;
  const agent = await start();
  await create();
  const { heartbeats } = controlPlane.installation;
  agent.sandboxes.fail(sandboxId);
  const { digest } = agent.sandboxes.inventory();
  await eventually('the new digest', () =>
    Buffer.from(heartbeats.at(-1)?.inventoryDigest ?? []).equals(Buffer.from(digest)),
  );
});

test('a component that is named later is reported at once, without a restart', async () => {
  controlPlane.installation.heartbeatEveryMs = 60_000;
  await start();
  const info = join(dataDir.path, 'build-info.json');
  await writeFile(info, JSON.stringify({ sha: 'a'.repeat(40) }));
  await writeFile(
    join(dataDir.path, 'agent.json'),
    JSON.stringify({ components: [{ name: 'web', repository: 'web', probe: { kind: 'file', path: info } }] }),
  );
  const { heartbeats } = controlPlane.installation;
  const web = () => heartbeats.at(-1)?.components.find(({ component }) => component === 'web');
  expect(await eventually('web is reported', web)).toMatchObject({ repository: 'web', runningSha: 'a'.repeat(40) });
});

test('a stop that comes while the agent starts is a stop like any other', async () => {
  const agent = await start();
  expect(await agent.stop()).toBe('stopped');
});

test('no token of ours is in the log', async () => {
  const agent = await start();
  await connected();
  await eventually('heartbeats', () => controlPlane.installation.heartbeats.length > 3);
  expect(agent.log()).not.toMatch(/mst_(join|hrt)_\w{12}_\w{40}|eyJ/);
});
