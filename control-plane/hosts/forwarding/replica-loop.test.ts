import { pino } from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { systemContext } from '../../context.ts';
import { startTestControlPlane, type TestControlPlane } from '../../testing/index.ts';
import { replicaLoop } from './replica-loop.ts';
import { removeReplica } from './store.ts';

let plane: TestControlPlane;
beforeAll(async () => void (plane = await startTestControlPlane({ users: false })));
afterAll(() => plane?.stop());

/** A replica beside the one that runs, with what it warns of. */
function another(replicaId: string, replicaUrl: string) {
  const warnings: string[] = [];
  const log = pino({ level: 'warn' }, { write: (line: string) => void warnings.push(line) });
  const services = { ...plane.services, replicaId, replicaUrl, log };
  const loop = replicaLoop(services);
  const context = systemContext(services, new AbortController().signal);
  const run = async (times: number) => {
    for (let turn = 0; turn < times; turn += 1) await loop.run(context);
  };
  return { warnings, run };
}

test('of two replicas that name one address, each says once what to set; those with addresses of their own say nothing', async () => {
  const same = 'http://127.0.0.1:1';
  const [one, two, other] = [another('rep1', same), another('rep2', same), another('rep3', 'http://127.0.0.1:3')];
  await two.run(1);
  await one.run(4);
  // It may have been killed and started anew a moment ago, and be its own predecessor's neighbour.
  expect(one.warnings).toEqual([]);
  await one.run(8);
  await two.run(8);
  await other.run(8);
  for (const { warnings } of [one, two]) {
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain('MUSTER_REPLICA_URL');
    expect(warnings[0]).toContain(same);
  }
  expect(other.warnings).toEqual([]);
  await removeReplica(plane.services.pool, 'rep2');
  await one.run(1);
  expect(one.warnings).toHaveLength(1);
});
