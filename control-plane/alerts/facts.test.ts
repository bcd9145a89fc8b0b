import { afterAll, beforeAll, expect, test } from 'vitest';
import { ComponentState } from '#proto/muster/v1/fleet_pb.js';
import type { FleetView } from '../fleet/index.ts';
import { startTestControlPlane, type TestControlPlane } from '../testing/index.ts';
import { gatherFacts } from './facts.ts';
import { factsOf } from './testing/facts.ts';

let plane: TestControlPlane;
beforeAll(async () => void (plane = await startTestControlPlane()));
afterAll(() => plane?.stop());

const partOf = (at: Date, hosts: Parameters<typeof factsOf>[1]): FleetView => ({
  at,
  hosts: factsOf(at, hosts).hosts,
  repositories: [],
  staleAfterMs: 0,
});

test('of a fleet that is read in parts, only what some rule could tell of is held, at the moment of the first part', async () => {
  const [first, last] = [new Date('2026-01-01T00:00:00Z'), new Date('2026-01-01T00:00:01Z')];
  const fleet = {
    async *readInParts() {
      yield partOf(first, { well: {}, dirty: { state: ComponentState.DIRTY } });
      yield partOf(last, { silent: { status: 'unreachable' }, fine: {} });
    },
  };
  const facts = await gatherFacts(plane.context, fleet, { inGrace: false });
  expect([...facts.hosts.values()].map(({ name }) => name)).toEqual(['dirty', 'silent']);
  expect(facts.at).toEqual(first);
});
