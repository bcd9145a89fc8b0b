import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Clock } from '../../clock.ts';
import { makeContext, systemContext } from '../../context.ts';
import { isDatabaseUnavailable, openPool } from '../../database/index.ts';
import { sandboxesOnHosts } from '../../sandboxes/index.ts';
import { startTestControlPlane, type TestControlPlane } from '../../testing/index.ts';
import { livenessLoop } from './loop.ts';

let plane: TestControlPlane;
beforeAll(async () => void (plane = await startTestControlPlane({ env: { MUSTER_STARTUP_GRACE: '90s' } })));
afterAll(() => plane?.stop());

test('the grace begins at the start, and anew when the database could not be reached: the silence may have been ours', async () => {
  let nowMs = 1_000_000;
  const clock: Clock = { now: () => nowMs };
  const services = { ...plane.services, clock };
  const context = systemContext(services, new AbortController().signal);
  const nowhere = openPool('postgres://muster:muster@127.0.0.1:1/muster', services.log);
  const cutOff = makeContext({ ...services, pool: nowhere }, context);
  const loop = livenessLoop(services, sandboxesOnHosts);

  expect(await loop.run(context)).toMatchObject({ held: 'startup grace' });
  nowMs += 90_000;
  expect(await loop.run(context)).not.toMatchObject({ held: 'startup grace' });
  await expect(loop.run(cutOff)).rejects.toSatisfy(isDatabaseUnavailable);
  expect(await loop.run(context)).toMatchObject({ held: 'startup grace' });
  nowMs += 90_000;
  expect(await loop.run(context)).not.toMatchObject({ held: 'startup grace' });
  await nowhere.end();
});
