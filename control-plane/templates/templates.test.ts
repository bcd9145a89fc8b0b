import { afterAll, beforeAll, expect, test } from 'vitest';
import { OciImageSchema } from '#proto/muster/v1/template_pb.js';
import { startSimulatedFleet, type SimulatedFleet } from '../hosts/testing/simulated-fleet.ts';
import { findBuilders } from './store.ts';

let fleet: SimulatedFleet;
beforeAll(async () => void (fleet = await startSimulatedFleet(1)));
afterAll(() => fleet?.stop());

test('what a host lacks for building templates is shown, and known where a builder is looked for', async () => {
  const { sql, replicaId } = fleet.plane.context;
  const [host] = fleet.hosts;
  await sql`update hosts set missing_builders = '{skopeo,umoci}'`;
  expect((await fleet.read(host!)).specs?.missingBuilders).toEqual(['skopeo', 'umoci']);
  const [team] = await sql<{ id: string }[]>`select id from teams where not own_hosts limit 1`;
  expect(await findBuilders(sql, team!.id, replicaId)).toEqual([{ id: host!.id, missing: ['skopeo', 'umoci'] }]);
});

test('the password of a registry is marked as one', () => {
  expect(OciImageSchema.field.password.proto.options?.debugRedact).toBe(true);
});
