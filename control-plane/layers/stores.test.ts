import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Code, createClient } from '@connectrpc/connect';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { SnapshotService } from '#proto/muster/v1/snapshot_pb.js';
import { TemplateService } from '#proto/muster/v1/template_pb.js';
import { hostCalls } from '../hosts/connection/call.ts';
import { hostsElsewhere } from '../hosts/forwarding/elsewhere.ts';
import { startSimulatedFleet, type SimulatedFleet } from '../hosts/testing/simulated-fleet.ts';
import type { Replica } from '../replica.ts';
import { directoryStore } from '../store/index.ts';
import { clientsWithToken, eventually, failureOf, type Clients } from '../testing/index.ts';
import { bringLayers } from './move.ts';
import { recordLayers } from './store.ts';

/*
 * Two replicas, each with a directory of its own: what operators are told not to do, and what still has to end well.
 */
let fleet: SimulatedFleet;
let own: string;
let second: Replica;
/** The admin, at the replica that no host is connected to. */
let there: Clients;
beforeAll(async () => {
  fleet = await startSimulatedFleet(2);
  own = await mkdtemp(join(tmpdir(), 'muster-second-'));
  second = await fleet.plane.startReplica({ MUSTER_DATA_DIR: own });
  there = clientsWithToken(second.url, fleet.plane.admin.token);
});
afterAll(async () => {
  await fleet?.stop();
  await rm(own, { recursive: true, force: true });
});

const storeOf = (directory: string) => directoryStore(join(directory, 'layers'));
const markOf = async (digest: string) => {
  const [row] = await fleet.plane.context.sql<{ stored: boolean }[]>`
    select stored_at is not null as stored from layers where digest = ${digest}`;
  return row?.stored;
};

const isMarked = (digest: string, marked: boolean) =>
  eventually(
    () => markOf(digest),
    (stored) => expect(stored).toBe(marked),
  );

async function snapshotHere() {
  const { sandbox } = await fleet.plane.admin.clients.sandboxes.createSandbox({});
  const snapshots = createClient(SnapshotService, fleet.plane.admin.clients.transport);
  const { snapshot } = await snapshots.createSnapshot({ sandboxId: sandbox!.id });
  return snapshot!;
}

test('a snapshot that one replica has stored is used at another one, which fetches it for itself from the host', async () => {
  const snapshot = await snapshotHere();
  const other = fleet.hosts.find(({ id }) => id !== snapshot.hostIds[0])!;
  await isMarked(snapshot.digest, true);
  const { sandbox } = await there.sandboxes.createSandbox({ template: snapshot.id });
  expect(sandbox?.stateLabel).toBe('Running');
  const { sandbox: next } = await there.sandboxes.createSandbox({ template: snapshot.id });
  expect(next?.stateLabel).toBe('Running');
  expect(other.layers).toContain(snapshot.digest);
  for (const directory of [own, fleet.plane.dataDir])
    await eventually(
      () => storeOf(directory).size(snapshot.digest),
      (size) => expect(size).toBeGreaterThan(0),
    );
});

test('a heartbeat that was on its way when a layer was made does not take it from its host', async () => {
  const [host] = fleet.hosts;
  const { sql } = fleet.plane.context;
  const made = `sha256:${'5'.repeat(64)}`;
  // Nothing is taken away from a host where something is being made.
  await sql`insert into snapshots (id, team_id, sandbox_id, template, created_by, host_id)
    values ('snap555555555555', ${fleet.plane.admin.teamId}, '', 'base', '', ${host!.id})`;
  await recordLayers(sql, host!.id, [made]);
  await sql`update layers set created_at = now() + interval '1 hour' where digest = ${made}`;
  const state = async () => {
    const [row] = await sql<{ layers: string[]; beats: number }[]>`
      select layers, last_sequence::int as beats from hosts where id = ${host!.id}`;
    return row!;
  };
  const { beats } = await state();
  // What is known is not told again.
  await host!.setSpecs({ kernel: 'before' });
  await eventually(state, (now) => expect(now.beats).toBeGreaterThan(beats + 1));
  expect((await state()).layers).toContain(made);
  await sql`update layers set created_at = now() - interval '1 hour' where digest = ${made}`;
  await host!.setSpecs({ kernel: 'after' });
  await eventually(state, ({ layers }) => expect(layers).not.toContain(made));
  await sql`delete from snapshots where id = 'snap555555555555'`;
});

test('a tarball that was uploaded at another replica is refused with what an operator can do', async () => {
  async function* parts() {
    yield { data: Buffer.from('what only one of them has') };
  }
  const { digest } = await createClient(TemplateService, fleet.plane.admin.clients.transport).uploadTarball(parts());
  const create = async () => {
    const source = { case: 'tarballDigest', value: digest } as const;
    const steps = createClient(TemplateService, there.transport).createTemplate({ name: 'from-there', source });
    for await (const _ of steps) continue;
  };
  const refused = await failureOf(create());
  expect(refused.code).toBe(Code.InvalidArgument);
  expect(refused.rawMessage).toContain('does not share MUSTER_DATA_DIR/layers');
});

test('what one replica alone has is said so; what nobody has any more loses its mark, and gets it again with the layer', async () => {
  const snapshot = await snapshotHere();
  await isMarked(snapshot.digest, true);
  for (const host of fleet.hosts) await host.stop();
  const fresh = await fleet.addHost('fresh');
  const elsewhere = hostsElsewhere(second.services);
  const hands = { calls: hostCalls({ get: () => undefined }, elsewhere), store: storeOf(join(own, 'empty')) };
  const brought = bringLayers(second.context, hands, {
    hostId: fresh.id,
    layers: [snapshot.digest],
    stillGoing: async () => undefined,
  });
  await expect(brought).rejects.toThrow('all replicas must share MUSTER_DATA_DIR/layers');
  elsewhere.close();

  await second.stop(1_000);
  const store = storeOf(fleet.plane.dataDir);
  const bytes: Uint8Array[] = [];
  for await (const chunk of store.read(snapshot.digest, 0)) bytes.push(chunk);
  await store.remove(snapshot.digest);
  await isMarked(snapshot.digest, false);
  await store.take(snapshot.digest, async function* () {
    yield Buffer.concat(bytes);
  });
  await isMarked(snapshot.digest, true);
});
