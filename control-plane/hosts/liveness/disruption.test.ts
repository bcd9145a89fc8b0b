import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { sandboxesOnHosts } from '../../sandboxes/index.ts';
import { startTestControlPlane, type TestControlPlane } from '../../testing/index.ts';
import { findDisruption } from '../condition/index.ts';
import { sweepSilentHosts } from './sweep.ts';

let plane: TestControlPlane;
// The replica's own sweep is held by its grace: the tests sweep themselves.
beforeAll(async () => {
  plane = await startTestControlPlane({ users: false, env: { MUSTER_STARTUP_GRACE: '12h' } });
});
afterAll(() => plane?.stop());

const sql = () => plane.context.sql;
beforeEach(async () => {
  await forget();
});

/** A fleet whose hosts report every 30 s, each at its own time: the first was heard just now, the last 30 s ago. */
async function fleetOf(count: number): Promise<void> {
  await sql()`
    insert into hosts (id, name, status, last_seen_at)
    select 'host' || lpad(number::text, 4, '0'), 'h' || number, 'online', now() - (number * 30.0 / ${count}) * interval '1 second'
    from generate_series(1, ${count}::int) number`;
}
const forget = async () => {
  await sql()`delete from host_events`;
  await sql()`with gone as (delete from fleet_disruption) delete from hosts`;
};
const later = (seconds: number) => sql()`
  with condition as (
    update fleet_disruption
    set since = since - ${seconds}::int * interval '1 second', seen_at = seen_at - ${seconds}::int * interval '1 second'
  )
  update hosts set last_seen_at = last_seen_at - ${seconds}::int * interval '1 second'`;
/** Those up to this one, in the order of their ids, report now. */
const hear = (upTo: number) => sql()`
  update hosts set status = 'online', last_seen_at = now()
  where id in (select id from hosts order by id limit ${upTo})`;
const unreachable = async () => (await sql()`select from hosts where status = 'unreachable'`).length;
const sweep = () => sweepSilentHosts(plane.context, sandboxesOnHosts, { inGrace: false });
/** Time passes, and every five seconds somebody looks; `hear` says who is heard by then. */
async function watch(seconds: number, hearAt: (second: number) => number = () => 0) {
  const seen = { mostUnreachable: 0, firstHeld: 0, lastHeld: 0 };
  for (let second = 5; second <= seconds; second += 5) {
    await later(5);
    const heard = hearAt(second);
    if (heard > 0) await hear(heard);
    const { held } = await sweep();
    if (held) seen.firstHeld ||= second;
    if (held) seen.lastHeld = second;
    seen.mostUnreachable = Math.max(seen.mostUnreachable, await unreachable());
  }
  return seen;
}

test('in an outage hosts cross the limit one after the other, and still none is marked for ten minutes', async () => {
  await fleetOf(100);
  expect(await watch(50)).toMatchObject({ firstHeld: 0 });
  expect(await watch(560)).toMatchObject({ mostUnreachable: 0 });
  expect(await findDisruption(sql())).toEqual({ silent: 100, online: 100 });
  await watch(100);
  expect(await unreachable()).toBe(100);
  await sweep();
  expect(await findDisruption(sql())).toBeUndefined();
});

test('when the outage is over and hosts come back one after the other, none was ever marked', async () => {
  await fleetOf(100);
  const seen = await watch(400, (second) => (second < 240 ? 0 : Math.min(100, Math.floor((second - 240) * 1.5))));
  expect(seen).toMatchObject({ mostUnreachable: 0 });
  expect(seen.lastHeld).toBeLessThan(310);
  expect(await findDisruption(sql())).toBeUndefined();
});

test('those who do not come back with the others are marked a little later', async () => {
  await fleetOf(100);
  expect(await watch(180, (second) => (second < 120 ? 0 : 90))).toMatchObject({ mostUnreachable: 0 });
  await watch(50, () => 90);
  expect(await unreachable()).toBe(10);
  expect(await findDisruption(sql())).toBeUndefined();
});

test('half of a fleet, and most of a small one, follow the ordinary rule', async () => {
  await fleetOf(100);
  expect(await watch(130, () => 50)).toMatchObject({ firstHeld: 0, mostUnreachable: 50 });
  await forget();
  await fleetOf(4);
  expect(await watch(100)).toMatchObject({ firstHeld: 0, mostUnreachable: 4 });
});

test('who was marked a little before the others fell silent counts, and who was silent long before does not', async () => {
  await fleetOf(10);
  await sql()`update hosts set status = 'unreachable', last_seen_at = now() - interval '1 hour' where id <= 'host0003'`;
  // The others fall silent 40 s after each other.
  let held = false;
  for (let second = 5; second <= 300 && !held; second += 5) {
    await later(5);
    await sql()`update hosts set last_seen_at = now() where substr(id, 5)::int > ${3 + Math.floor(second / 40)}`;
    held = (await sweep()).held === 'disruption';
  }
  const found = await findDisruption(sql());
  expect(found).toMatchObject({ online: 7 });
  expect(found?.silent).toBeGreaterThanOrEqual(4);
  expect(await unreachable()).toBeLessThan(3 + 4);
});
