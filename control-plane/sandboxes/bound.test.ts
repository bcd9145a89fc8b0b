import { Code, createClient } from '@connectrpc/connect';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ApiKeyService, KeyRole } from '#proto/muster/v1/api_key_pb.js';
import { ObservedState } from '#proto/muster/v1/sandbox_pb.js';
import { startSimulatedFleet, type SimulatedFleet } from '../hosts/testing/simulated-fleet.ts';
import { clientsOf, failureOf, type Clients } from '../testing/index.ts';

let fleet: SimulatedFleet;
let asKey: Clients;
let boundHostId: string;
beforeAll(async () => {
  fleet = await startSimulatedFleet(3);
  boundHostId = fleet.hosts[1]!.id;
  const { other } = fleet.plane;
  const { secret } = await createClient(ApiKeyService, other.clients.transport).createApiKey({
    teamId: other.teamId,
    name: 'bound',
    role: KeyRole.OPERATOR,
    boundHostId,
  });
  asKey = clientsOf(fleet.plane.url, { 'x-api-key': secret });
});
afterAll(() => fleet?.stop());

const create = async () => (await asKey.sandboxes.createSandbox({ limits: { memoryMib: 64, diskMib: 64 } })).sandbox!;

test('a key that is bound to a host creates sandboxes there, however the round goes, and may use them', async () => {
  const made = [await create(), await create(), await create()];
  expect(made.map(({ hostId, observed }) => [hostId, observed])).toEqual(
    made.map(() => [boundHostId, ObservedState.RUNNING]),
  );
  for (const { id } of made) await asKey.sandboxes.destroySandbox({ sandboxId: id });
});

test('what fails on its host is not tried on another one', async () => {
  fleet.hosts[1]!.failCreates('the disk is full');
  expect(await create()).toMatchObject({ hostId: boundHostId, observed: ObservedState.FAILED });
  fleet.hosts[1]!.failCreates(undefined);
});

test('where its host takes none, the refusal says so', async () => {
  await fleet.plane.admin.clients.hosts.cordonHost({ hostId: boundHostId, reason: 'New disk.' });
  expect((await failureOf(create())).rawMessage).toBe(
    'No host can take this sandbox now: 2 that this key is not bound to, 1 cordoned.',
  );
  await fleet.plane.admin.clients.hosts.uncordonHost({ hostId: boundHostId });
});

test('where a sandbox was placed anew a moment ago, the host that it is on now counts', async () => {
  const { id } = await create();
  const elsewhere = fleet.hosts[2]!.id;
  const { pool } = fleet.plane.services;
  const place = (hostId: string) => pool`update sandboxes set host_id = ${hostId} where id = ${id}`;
  await asKey.sandboxes.pauseSandbox({ sandboxId: id });
  await asKey.sandboxes.resumeSandbox({ sandboxId: id });
  // Who compares the hosts meanwhile would find the sandbox lost on one and unknown on the other, and be right.
  await pool`update hosts set last_reconciled_at = now() + interval '1 hour', reconciled_digest = reported_digest`;
  // What changes nothing is remembered.
  await asKey.sandboxes.resumeSandbox({ sandboxId: id });
  await place(elsewhere);
  expect((await failureOf(asKey.sandboxes.pauseSandbox({ sandboxId: id }))).code).toBe(Code.NotFound);
  expect(await pool`select wanted from sandboxes where id = ${id}`).toEqual([{ wanted: 'running' }]);
  await place(boundHostId);
  expect((await asKey.sandboxes.pauseSandbox({ sandboxId: id })).sandbox?.observed).toBe(ObservedState.PAUSED);
  await asKey.sandboxes.destroySandbox({ sandboxId: id });
});
