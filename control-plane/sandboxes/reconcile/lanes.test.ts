import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { eventually, expectEventually } from '../../testing/index.ts';
import { openLanes } from './lanes.ts';

/** Work that ends when the test says so. */
function hung() {
  let begun = 0;
  const held: (() => void)[] = [];
  return {
    begun: () => begun,
    release: () => held.splice(0).forEach((go) => go()),
    work: () =>
      new Promise<void>((resolve) => {
        begun += 1;
        held.push(resolve);
      }),
  };
}
const hosts = (teamId: string | null, count: number) =>
  Array.from({ length: count }, (_, index) => ({ id: `${teamId ?? 'platform'}-${index}`, teamId }));
const neverPatient = 3_600_000;

test('hosts of one team that hang keep no other owner waiting', async () => {
  const lanes = openLanes({ patienceMs: neverPatient });
  const [hanging, well] = [hung(), hung()];
  for (const host of hosts('team1', 20)) lanes.start(host, hanging.work);
  for (const host of [...hosts('team2', 3), ...hosts(null, 3)]) lanes.start(host, well.work);
  await expectEventually(well.begun, 6);
  expect(hanging.begun()).toBe(8);
  expect({ waiting: lanes.waiting, running: lanes.running }).toEqual({ waiting: 12, running: 14 });
  well.release();
  await eventually(hanging.begun, () => {
    hanging.release();
    expect(hanging.begun()).toBe(20);
  });
  hanging.release();
  await lanes.onIdle();
  expect({ running: lanes.running, owners: lanes.owners }).toEqual({ running: 0, owners: 0 });
});

test('what takes long gives its slot back, goes on, and waits apart the next time', async () => {
  const patienceMs = 10;
  const lanes = openLanes({ patienceMs });
  const [hanging, well] = [hung(), hung()];
  const slow = hosts(null, 20);
  const quick = { id: 'well', teamId: null };
  for (const host of slow) lanes.start(host, hanging.work);
  lanes.start(quick, well.work);
  await expectEventually(well.begun, 1);
  await expectEventually(hanging.begun, 20);
  lanes.start(slow[0]!, hanging.work);
  expect(hanging.begun(), 'never twice at a time').toBe(20);
  // Also the last one that has begun takes long.
  await delay(2 * patienceMs);
  hanging.release();
  well.release();
  await lanes.onIdle();

  for (const host of slow) lanes.start(host, hanging.work);
  lanes.start({ id: 'another', teamId: null }, well.work);
  await expectEventually(well.begun, 2);
  well.release();
  await expectEventually(() => [lanes.waiting, lanes.running], [16, 4]);
  await eventually(hanging.begun, () => {
    hanging.release();
    expect(hanging.begun()).toBe(40);
  });
  hanging.release();
  await lanes.onIdle();
});
