import { randomBytes } from 'node:crypto';
import { request } from 'node:http';
import { createServer } from 'node:http2';
import { ConnectError, createClient, type ConnectRouter } from '@connectrpc/connect';
import { connectNodeAdapter } from '@connectrpc/connect-node';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ApiKeyService, KeyRole } from '#proto/muster/v1/api_key_pb.js';
import { HostAgentService } from '#proto/muster/agent/v1/host_agent_pb.js';
import { hostConnectionStatement, signStatement } from '#contract/statements.ts';
import { connectionHeaders, connectionPath, connectionProtocol } from '#contract/connection.ts';
import { dial } from '../../../simulator/connection.ts';
import { startTcpProxy } from '../../../tests/support/tcp-proxy.ts';
import { clientsOf, eventually, expectEventually } from '../../testing/index.ts';
import { AgentKeys } from '../testing/agent-keys.ts';
import { issueAccessToken } from '../enrolment/access-token.ts';
import { startSimulatedFleet, type SimulatedFleet } from '../testing/simulated-fleet.ts';
import { claimConnection } from './store.ts';

let fleet: SimulatedFleet;
let aheadMs = 0;
const clock = { now: () => Date.now() + aheadMs };
beforeAll(async () => void (fleet = await startSimulatedFleet(1, { clock })));
afterAll(() => fleet?.stop());

const nonce = () => randomBytes(32).toString('hex');

/** Knocks at the door; answers the status, and closes what was opened. */
function knock(headers: Record<string, string>, path = connectionPath): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const asked = request(`${fleet.plane.url}${path}`, {
      agent: false,
      headers: { connection: 'Upgrade', upgrade: connectionProtocol, ...headers },
    });
    asked.once('response', (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    asked.once('upgrade', (response, socket) => {
      socket.destroy();
      resolve(response.statusCode);
    });
    asked.once('error', reject);
    asked.end();
  });
}

async function tokenFor(hostId: string, epoch = 1): Promise<string> {
  const { token } = await issueAccessToken(fleet.plane.services.installation.tokens, { hostId, epoch, generation: 1 });
  return `Bearer ${token.reveal()}`;
}

test('only a valid access token of the present epoch opens the door', async () => {
  const hostId = fleet.hosts[0]!.id;
  const headers = (authorization: string) => ({
    authorization,
    [connectionHeaders.agentNonce]: nonce(),
    [connectionHeaders.instanceId]: 'knocking',
  });
  expect(await knock(headers('Bearer nothing'))).toBe(401);
  expect(await knock(headers(`Bearer ${fleet.plane.admin.token}`))).toBe(401);
  expect(await knock(headers(await tokenFor(hostId, 7)))).toBe(401);
  expect(await knock(headers(await tokenFor('host0000000000000000')))).toBe(401);
  expect(await knock({ ...headers(await tokenFor(hostId)), [connectionHeaders.agentNonce]: 'short' })).toBe(400);
  expect(await knock({ ...headers(await tokenFor(hostId)), [connectionHeaders.instanceId]: '' })).toBe(400);
  expect(await knock(headers(await tokenFor(hostId)))).toBe(101);
});

test('a connection that breaks is noticed, and the agent is back by itself', async () => {
  const [host] = fleet.hosts;
  const generation = async () => {
    const [row] = await fleet.plane.context.sql<
      { generation: number }[]
    >`select generation::int from host_connections where host_id = ${host!.id}`;
    return row?.generation;
  };
  const connectedAt = async () => {
    const [row] = await fleet.plane.context.sql<
      { at: string }[]
    >`select connected_at::text as at from host_connections where host_id = ${host!.id}`;
    return row?.at;
  };
  const before = await connectedAt();
  host!.dropConnection();
  await eventually(connectedAt, (at) => expect(at).not.toBe(before));
  await eventually(generation, (value) => expect(value).toBeGreaterThan(0));
  await expectEventually(() => host!.connected, true);
});

test('an end that cannot be written down is written down as soon as that is possible', async () => {
  const { sql } = fleet.plane.context;
  const host = await fleet.addHost('ending');
  await sql`create sequence ends_tried`;
  await sql`create function refuse_end() returns trigger language plpgsql as $$
    begin perform nextval('ends_tried'); raise 'not now'; end $$`;
  await sql`create trigger refuse_end before delete on host_connections for each row execute function refuse_end()`;
  host.goSilent();
  await eventually(
    async () => (await sql<{ tried: number }[]>`select last_value::int as tried from ends_tried`)[0]!.tried,
    (tried) => expect(tried).toBeGreaterThan(2),
  );
  await sql`drop trigger refuse_end on host_connections`;
  await expectEventually(async () => (await fleet.read(host)).connected, false);
  host.comeBack();
});

test('a host that is silent is not connected, and what is asked of it says so', async () => {
  const host = await fleet.addHost('leaving', { labels: { only: 'leaving' } });
  const { sandboxes, processes } = fleet.plane.admin.clients;
  const { sandbox } = await sandboxes.createSandbox({ hostLabels: { only: 'leaving' } });
  host.goSilent();
  await eventually(
    () => fleet.read(host),
    ({ connected }) => expect(connected).toBe(false),
  );
  const run = async () => {
    for await (const _ of processes.run({ sandboxId: sandbox!.id, argv: ['true'] }));
  };
  await expect(run()).rejects.toThrow('The host is not connected now.');
  host.comeBack();
});

test('a run whose host goes away ends with an error instead of waiting', async () => {
  const host = await fleet.addHost('running', { labels: { only: 'running' } });
  const { sandboxes, processes } = fleet.plane.admin.clients;
  const { sandbox } = await sandboxes.createSandbox({ hostLabels: { only: 'running' } });
  const run = async () => {
    for await (const { event } of processes.run({ sandboxId: sandbox!.id, argv: ['sleep', '600'] }))
      if (event.case === 'started') host.goSilent();
  };
  await expect(run()).rejects.toThrow('The connection to the host was lost.');
  host.comeBack();
});

test('a second agent instance is refused while the first one lives, until nobody renews its connection', async () => {
  const [host] = fleet.hosts;
  const { sql } = fleet.plane.context;
  expect(
    await claimConnection(sql, { hostId: host!.id, replicaId: 'replica-other', instanceId: 'a-copy' }),
  ).toBeUndefined();
  await sql`update host_connections set replica_id = 'replica-dead', alive_at = now() - interval '1 minute' where host_id = ${host!.id}`;
  expect(
    await claimConnection(sql, { hostId: host!.id, replicaId: 'replica-other', instanceId: 'a-copy' }),
  ).toMatchObject({ generation: expect.any(Number) });
  fleet.plane.replica.loops.wake('hosts.over_connections');
  await sql`delete from host_connections where host_id = ${host!.id}`;
  await eventually(
    () => fleet.read(host!),
    ({ connected }) => expect(connected).toBe(true),
  );
});

test('of two agent instances that connect at the same time one is kept', async () => {
  const { sql } = fleet.plane.context;
  const { host } = await fleet.plane.admin.clients.hosts.createHost({ name: 'at-once' });
  const claim = (instanceId: string) => ({ hostId: host!.id, replicaId: 'replica-one', instanceId });
  const { second } = await fleet.plane.services.pool.begin(async (first) => {
    expect(await claimConnection(first, claim('first'))).toBeDefined();
    // It begins while nobody sees the first one yet, and waits for it.
    const waiting = Promise.allSettled([claimConnection(sql, claim('second'))]);
    // Not by the transaction: it goes on seeing what it saw first.
    const waits = () => sql<{ waits: boolean }[]>`
      select exists (
        select from pg_stat_activity
        where datname = current_database() and wait_event_type = 'Lock' and query like '%into host_connections%'
      ) as waits`;
    await eventually(waits, (rows) => expect(rows).toEqual([{ waits: true }]));
    return { second: waiting };
  });
  expect(await second).toEqual([{ status: 'fulfilled', value: undefined }]);
  await sql`delete from host_connections where host_id = ${host!.id}`;
});

/** A host whose agents are played by hand, over the true protocol, as many as one likes. */
async function byHand(name: string) {
  const { plane } = fleet;
  const { installation } = plane.services;
  const { joinToken } = await plane.admin.clients.hosts.createHost({ name });
  const keys = new AgentKeys(installation.id);
  const { hostId, hostName, accessToken } = await plane.anonymous.enrolment.joinHost(keys.join(joinToken!.token));
  const { id: installationId, publicKey: installationKey } = installation;
  return {
    hostId,
    /** The instance that holds the connection. */
    holder: async () => {
      const [row] = await plane.context.sql<{ instanceId: string }[]>`
        select instance_id as "instanceId" from host_connections where host_id = ${hostId}
      `;
      return row?.instanceId;
    },
    /** Dials and proves itself, with a key. */
    async connect(instanceId: string, { hostKey = keys.key, url = plane.url } = {}) {
      const identity = { hostId, hostName, installationId, installationKey, hostKey };
      const { socket, agentNonce } = await dial(url, `Bearer ${accessToken}`, instanceId, identity);
      const told = { proofs: 0, isOver: false };
      socket.on('error', () => socket.destroy());
      socket.once('close', () => void (told.isOver = true));
      const proveConnection = ({ nonce }: { nonce: Uint8Array }) => {
        told.proofs += 1;
        const statement = hostConnectionStatement({ installationId, hostId, agentNonce, serverNonce: nonce });
        return { signature: signStatement(statement, hostKey), instanceId };
      };
      const inventory = { instanceId, sandboxes: [], digest: Buffer.alloc(32), ended: [] };
      const routes = (router: ConnectRouter) =>
        router.service(HostAgentService, { proveConnection, getInventory: () => inventory });
      const server = createServer(connectNodeAdapter({ routes }));
      server.on('sessionError', () => socket.destroy());
      server.emit('connection', socket);
      return { proofs: () => told.proofs, isOver: () => told.isOver, cut: () => socket.destroy() };
    },
    denials: async () => {
      const rows = await plane.context.sql`
        select from audit_events where target = ${hostId} and action = 'host.connect' and outcome = 'denied'
      `;
      return rows.length;
    },
  };
}

test('a stolen access token gets as far as the proof, which takes the host key, and displaces nothing', async () => {
  const host = await byHand('stolen-from');
  const agent = await host.connect('genuine');
  await expectEventually(host.holder, 'genuine');
  // Of the same instance even: it is the key that counts.
  const { key } = new AgentKeys('');
  const thieves = await Promise.all(
    ['genuine', 'thief'].map((instanceId) => host.connect(instanceId, { hostKey: key })),
  );
  for (const thief of thieves) await expectEventually(() => [thief.proofs(), thief.isOver()], [1, true]);
  expect(await host.holder()).toBe('genuine');
  expect(agent.isOver()).toBe(false);
  expect(await host.denials()).toBe(0);
  agent.cut();
});

test('a copy that tries again and again is refused each time, and written down once an hour', async () => {
  const host = await byHand('copied');
  const agent = await host.connect('original');
  await expectEventually(host.holder, 'original');
  for (let attempt = 0; attempt < 3; attempt += 1) {
    const copy = await host.connect('copy');
    await expectEventually(copy.isOver, true);
  }
  await expectEventually(host.denials, 1);
  // At another replica, too; not where nobody knows whether the first one lives.
  const { sql } = fleet.plane.context;
  const another = await fleet.plane.startReplica();
  const tryThere = async () => {
    await sql`update hosts set connection_refused_at = null where id = ${host.hostId}`;
    const copy = await host.connect('copy', { url: another.url });
    await expectEventually(copy.isOver, true);
  };
  await tryThere();
  await expectEventually(host.denials, 2);
  await sql`update host_connections set replica_id = 'replica-gone', alive_at = now() + interval '1 hour' where host_id = ${host.hostId}`;
  await tryThere();
  expect(await host.denials()).toBe(2);
  await fleet.plane.context
    .sql`update hosts set connection_refused_at = now() - interval '61 minutes' where id = ${host.hostId}`;
  const later = await host.connect('copy');
  await expectEventually(later.isOver, true);
  await expectEventually(host.denials, 3);
  expect(await host.holder()).toBe('original');
  expect(agent.isOver()).toBe(false);
  agent.cut();
});

test('a connection that is held here and answers no ping any more gives way to another agent instance', async () => {
  const host = await byHand('half-open');
  const wire = await startTcpProxy(fleet.plane.url);
  try {
    await host.connect('before', { url: wire.url });
    await expectEventually(host.holder, 'before');
    wire.swallow();
    const agent = await host.connect('after');
    await expectEventually(host.holder, 'after');
    expect(agent.isOver()).toBe(false);
    expect(await host.denials()).toBe(0);
    agent.cut();
  } finally {
    await wire.stop();
  }
});

test('a revoked host loses its connection', async () => {
  const host = await fleet.addHost('revoked');
  await fleet.plane.context.sql`update hosts set epoch = epoch + 1 where id = ${host.id}`;
  fleet.plane.replica.loops.wake('hosts.over_connections');
  await expectEventually(() => host.connected, false);
  await eventually(
    () => fleet.read(host),
    ({ connected }) => expect(connected).toBe(false),
  );
});

/** A loop has begun and ended at the time that it is now. */
async function ran(name: string) {
  const { loops } = fleet.plane.replica;
  const runs = () => loops.statuses().find((status) => status.name === name)!.runs;
  // One may have been under way.
  const enough = runs() + 2;
  await eventually(
    () => {
      loops.wake(name);
      return runs();
    },
    (count) => expect(count).toBeGreaterThanOrEqual(enough),
  );
}

// The last one: it moves the clock.
test('what goes on over a connection outlives the token that opened it where the agent proves it again, and ends with it where not', async () => {
  const { admin, url } = fleet.plane;
  const { secret } = await createClient(ApiKeyService, admin.clients.transport).createApiKey({
    name: 'lasting',
    teamId: admin.teamId,
    role: KeyRole.OPERATOR,
  });
  const { sandboxes, processes } = clientsOf(url, { 'x-api-key': secret });
  const host = await fleet.addHost('lasting', { labels: { only: 'lasting' } });
  const { sandbox } = await sandboxes.createSandbox({ hostLabels: { only: 'lasting' } });
  let ended: unknown;
  const running = (async () => {
    for await (const _ of processes.run({ sandboxId: sandbox!.id, argv: ['sleep', '100000'] }));
  })().catch((error: unknown) => (ended = error));
  await expectEventually(() => host.runs, 1);
  const quarantined = await fleet.addHost('quarantined');
  const generation = async () => {
    const [row] = await fleet.plane.context.sql<{ generation: number }[]>`
      select generation::int from host_connections where host_id = ${quarantined.id}
    `;
    return row?.generation ?? 0;
  };
  const before = await generation();

  const dayMs = 86_400_000;
  aheadMs = 6.5 * dayMs;
  await Promise.all([host.refresh(), quarantined.refresh()]);
  await fleet.plane.context.sql`update hosts set quarantined_at = now() where id = ${quarantined.id}`;
  await ran('hosts.renewed_connections');
  aheadMs = 8 * dayMs;
  await ran('hosts.over_connections');
  expect(ended).toBeUndefined();
  expect(host).toMatchObject({ runs: 1, connected: true });
  // Its next one carries the inventory alone.
  await eventually(generation, (value) => expect(value).toBeGreaterThan(before));

  // The agent has no later token to show.
  aheadMs = 13 * dayMs;
  await ran('hosts.renewed_connections');
  aheadMs = 14 * dayMs;
  await ran('hosts.over_connections');
  await running;
  expect(ConnectError.from(ended).rawMessage).toBe('The connection to the host was lost.');
  await expectEventually(() => host.connected, true);
});
