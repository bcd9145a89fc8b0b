import { randomBytes } from 'node:crypto';
import { request } from 'node:http';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { connectionHeaders, connectionPath, connectionProtocol } from '#contract/connection.ts';
import { eventually, expectEventually } from '../../testing/index.ts';
import { issueAccessToken } from '../enrolment/access-token.ts';
import { startSimulatedFleet, type SimulatedFleet } from '../testing/simulated-fleet.ts';
import { claimConnection } from './store.ts';

let fleet: SimulatedFleet;
beforeAll(async () => void (fleet = await startSimulatedFleet(1)));
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

test('a stolen access token without the host key does not displace the connection', async () => {
  const [host] = fleet.hosts;
  const headers = {
    authorization: await tokenFor(host!.id),
    [connectionHeaders.agentNonce]: nonce(),
    [connectionHeaders.instanceId]: 'thief',
  };
  await knock(headers);
  const { sandboxes } = fleet.plane.admin.clients;
  const { sandbox } = await sandboxes.createSandbox({});
  expect(sandbox?.hostId).toBe(host!.id);
  expect(host!.connected).toBe(true);
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
