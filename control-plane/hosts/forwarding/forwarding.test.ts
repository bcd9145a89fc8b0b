import { createHash, randomBytes } from 'node:crypto';
import * as http2 from 'node:http2';
import { Code } from '@connectrpc/connect';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { clientsWithToken, eventually, expectEventually, type Clients } from '../../testing/index.ts';
import type { Audience } from '../../installation/types.ts';
import type { Replica } from '../../replica.ts';
import type { SimulatedHost } from '../../../simulator/index.ts';
import { hostCalls, HostNotConnected, HostQuarantined, HostRefusal, type HostCalls } from '../connection/call.ts';
import { startTcpProxy } from '../../../tests/support/tcp-proxy.ts';
import { startSimulatedFleet, type SimulatedFleet } from '../testing/simulated-fleet.ts';
import { forwardingRoot, notForwardedHeader } from './address.ts';
import { hostsElsewhere } from './elsewhere.ts';
import { countReplicas } from './store.ts';

let fleet: SimulatedFleet;
let second: Replica;
let host: SimulatedHost;
/** The admin, at the replica that does not hold the host. */
let there: Clients;
let calls: HostCalls;
let elsewhere: ReturnType<typeof hostsElsewhere>;
beforeAll(async () => {
  fleet = await startSimulatedFleet(1);
  host = fleet.hosts[0]!;
  second = await fleet.plane.startReplica();
  there = clientsWithToken(second.url, fleet.plane.admin.token);
  elsewhere = hostsElsewhere(second.services);
  calls = hostCalls({ get: () => undefined }, elsewhere);
  await expectEventually(() => countReplicas(second.services.pool), 2);
});
afterAll(async () => {
  elsewhere?.close();
  await fleet?.stop();
});

const signal = new AbortController().signal;
const inventory = () => calls.call(host.id, 20_000, (client, options) => client.getInventory({}, options));

/** The row says so, whatever is true. */
const rowSays = (replicaId: string) =>
  fleet.plane.context.sql`update host_connections set replica_id = ${replicaId} where host_id = ${host.id}`;

async function run(clients: Clients, sandboxId: string, argv: string[], stop?: AbortSignal) {
  let stdout = '';
  for await (const { event } of clients.processes.run({ sandboxId, argv }, { signal: stop })) {
    if (event.case === 'stdout') stdout += Buffer.from(event.value).toString();
    if (event.case === 'exit') return { stdout, code: event.value.code };
  }
  throw new Error('the stream ended without an exit');
}

const measured = ({ services }: Pick<Replica, 'services'>) =>
  services.metrics.getSingleMetricAsString('muster_forwarded_calls_total');

test('a sandbox is created, used and destroyed over a replica that does not hold its host', async () => {
  const { sandbox } = await there.sandboxes.createSandbox({});
  expect(sandbox).toMatchObject({ hostId: host.id, stateLabel: 'Running' });
  expect(await run(there, sandbox!.id, ['echo', 'over there'])).toEqual({ stdout: 'over there\n', code: 0 });
  await there.sandboxes.destroySandbox({ sandboxId: sandbox!.id });
  expect(host.sandboxes).toEqual([]);
  expect(await measured(second)).toMatch(/\{direction="out",outcome="sent"\} [1-9]/);
  expect(await measured(fleet.plane)).toMatch(/\{direction="in",outcome="passed_on"\} [1-9]/);
});

test('a stream ends on the host when its caller leaves it, far away', async () => {
  const { sandbox } = await there.sandboxes.createSandbox({});
  const leaving = new AbortController();
  const left = run(there, sandbox!.id, ['sleep', '1000'], leaving.signal).catch((error: unknown) => error);
  await expectEventually(() => host.runs, 1);
  leaving.abort();
  expect(await left).toMatchObject({ code: Code.Canceled });
  await expectEventually(() => host.runs, 0);
  await there.sandboxes.destroySandbox({ sandboxId: sandbox!.id });
});

test('what streams to the host, from it and both ways arrives whole', async () => {
  const content = randomBytes(6 * 1024 * 1024);
  const digest = `sha256:${createHash('sha256').update(content).digest('hex')}`;
  async function* archive() {
    yield { part: { case: 'begin' as const, value: { digest, sizeBytes: BigInt(content.length), offset: 0n } } };
    for (let at = 0; at < content.length; at += 262_144)
      yield { part: { case: 'data' as const, value: content.subarray(at, at + 262_144) } };
  }
  const written = await calls.call(host.id, 60_000, (client, options) => client.writeLayer(archive(), options));
  expect(written.ready).toBe(true);
  const read: Uint8Array[] = [];
  const parts = calls.stream(host.id, (client, options) => client.readLayer({ digest, offset: 0n }, options), signal);
  for await (const { data } of parts) read.push(data);
  expect(Buffer.concat(read).equals(content)).toBe(true);

  async function* image() {
    yield { part: { case: 'tarball' as const, value: { sizeBytes: 3n } } };
    yield { part: { case: 'data' as const, value: Buffer.from('abc') } };
  }
  const events: (string | undefined)[] = [];
  const built = calls.stream(host.id, (client, options) => client.buildTemplate(image(), options), signal);
  for await (const { event } of built) events.push(event.case);
  expect(events).toEqual(['progress', 'digest']);
});

test('more calls at once than one connection between replicas takes', async () => {
  const answers = await Promise.all(Array.from({ length: 300 }, inventory));
  expect(answers).toHaveLength(300);
});

test('what the host refuses is its own refusal, not a fault of the way', async () => {
  const asked = calls.call(host.id, 20_000, (client, options) =>
    client.pauseSandbox({ sandboxId: 'sbx000000000000000' }, options),
  );
  await expect(asked).rejects.toBeInstanceOf(HostRefusal);
});

test('a row that names a replica without the host, none at all, or a dead one: nothing was sent, and it is typed', async () => {
  const { sql } = fleet.plane.context;
  const [row] = await sql<{ id: string }[]>`select replica_id as id from host_connections where host_id = ${host.id}`;
  const refused = () => expect(inventory()).rejects.toBeInstanceOf(HostNotConnected);
  const third = await fleet.plane.startReplica();
  await expectEventually(() => countReplicas(sql), 3);
  await rowSays(third.services.replicaId);
  await refused();
  // Another replica has taken the address of the one that is meant.
  const { id, url } = { id: 'replica0000000000gone', url: third.url };
  await sql`insert into replicas (id, url, version) values (${id}, ${url}, '')`;
  await rowSays(id);
  await refused();
  await rowSays(second.services.replicaId);
  await refused();
  await rowSays('replica00000000unknown');
  await refused();
  expect(await measured(second)).toMatch(/\{direction="out",outcome="not_connected"\} [1-9]/);
  // Nobody listens there any more.
  const gone = await startTcpProxy(url);
  await gone.stop();
  await sql`update replicas set url = ${gone.url} where id = ${id}`;
  await rowSays(id);
  await refused();
  await rowSays(row!.id);
  expect(await inventory()).toBeDefined();
});

test('a replica that goes away ends what it passed on as unavailable, and the agent’s next connection takes over', async () => {
  const third = await fleet.plane.startReplica();
  const proxy = await startTcpProxy(third.url);
  const moving = await fleet.addHost('moving', { labels: { only: 'moving' }, serverUrl: proxy.url });
  const { sandbox } = await there.sandboxes.createSandbox({ hostLabels: { only: 'moving' } });
  const lost = run(there, sandbox!.id, ['sleep', '1000']).catch((error: unknown) => error);
  await expectEventually(() => moving.runs, 1);
  proxy.leadTo(fleet.plane.url);
  await third.stop(1_000);
  expect(await lost).toMatchObject({ code: Code.Unavailable });
  await eventually(
    () => run(there, sandbox!.id, ['echo', 'back']),
    (answer) => expect(answer).toEqual({ stdout: 'back\n', code: 0 }),
  );
  await moving.stop();
  await proxy.stop();
});

test('only a replica with a fresh token for this host and this replica gets in', async () => {
  const { installation, replicaId } = fleet.plane.services;
  const knock = (token: string) =>
    new Promise<string | string[] | undefined>((resolve, reject) => {
      const path = `${forwardingRoot}/muster.agent.v1.HostAgentService/GetInventory`;
      const asked = http2.connect(fleet.plane.url);
      asked.once('error', reject);
      const stream = asked.request({
        ':method': 'POST',
        ':path': path,
        'content-type': 'application/proto',
        authorization: `Bearer ${token}`,
      });
      stream.once('response', (answer) => {
        resolve(answer[notForwardedHeader] ?? String(answer[':status']));
        asked.destroy();
      });
      stream.end();
    });
  const pass = async (claims: Record<string, string>, audience: Audience = 'muster-replica', lifetimeMs = 30_000) =>
    (await installation.tokens.sign({ audience, subject: 'replica:x', lifetimeMs, claims })).token.reveal();
  const good = { host: host.id, replica: replicaId };
  expect(await knock(await pass(good))).toBe('200');
  expect(await knock('')).toBe('denied');
  expect(await knock(fleet.plane.admin.token)).toBe('denied');
  expect(await knock(await pass(good, 'muster-host'))).toBe('denied');
  // Beyond what clocks may differ.
  expect(await knock(await pass(good, 'muster-replica', -61_000))).toBe('denied');
  expect(await knock(await pass({ ...good, replica: second.services.replicaId }))).toBe('denied');
  expect(await knock(`${(await pass(good)).slice(0, -4)}AAAA`)).toBe('denied');
  expect(await knock(await pass({ ...good, host: 'host0000000000000000' }))).toBe('not_connected');
});

test('a host that is quarantined gets nothing new, and over a connection that it makes then is asked for its inventory alone', async () => {
  const { sql } = fleet.plane.context;
  await sql`update hosts set quarantined_at = now(), quarantine_reason = 'a copy was found' where id = ${host.id}`;
  const asking = (call: Parameters<typeof calls.call<unknown>>[2]) => () =>
    calls.call(host.id, 20_000, call).catch((error: unknown) => error);
  const sandboxId = 'sbx000000000000000';
  const bring = asking((client, options) => client.setKeys({ sandboxId, attempt: 1, keys: { revision: 1n } }, options));
  const work = asking((client, options) => client.destroySandbox({ sandboxId }, options));
  fleet.plane.replica.loops.wake('hosts.over_connections');
  await eventually(bring, (error) => expect(error).toBeInstanceOf(HostQuarantined));
  expect(await work()).toMatchObject({ lastLog: '' });
  host.dropConnection();
  await eventually(work, (error) => expect(error).toBeInstanceOf(HostQuarantined));
  expect(await inventory()).toMatchObject({ sandboxes: [] });
  await fleet.plane.admin.clients.hosts.unlockHost({ hostId: host.id, reason: 'the copy was shut down' });
  await eventually(work, (answer) => expect(answer).toMatchObject({ lastLog: '' }));
});
