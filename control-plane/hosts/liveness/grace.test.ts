import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTcpProxy, type TcpProxy } from '../../../tests/support/tcp-proxy.ts';
import { isDatabaseUnavailable, openPool } from '../../database/index.ts';
import { Secret } from '#contract/secret.ts';
import { startLoops } from '../../loops/index.ts';
import { sandboxesOnHosts } from '../../sandboxes/index.ts';
import { eventually, startTestControlPlane, type TestControlPlane } from '../../testing/index.ts';
import { livenessLoop } from './loop.ts';

let plane: TestControlPlane;
let way: TcpProxy;
beforeAll(async () => {
  plane = await startTestControlPlane({ users: false, env: { MUSTER_SWEEP_INTERVAL: '1h' } });
  way = await startTcpProxy(plane.databaseUrl);
});
afterAll(async () => {
  await way?.stop();
  await plane?.stop();
});

const nobody = 'http://127.0.0.1:1';

test('nobody is marked in the grace after the start, nor after the database was away or this machine stood still: the silence may have been ours', async () => {
  const { services } = plane;
  let nowMs = 1_000_000;
  const url = new URL(plane.databaseUrl);
  url.host = new URL(way.url).host;
  const pool = openPool(url.href, services.log);
  const config = {
    ...services.config,
    databaseUrl: new Secret(url.href),
    startupGraceMs: 90_000,
    sweepIntervalMs: 20,
  };
  const behind = { ...services, pool, config, clock: { now: () => nowMs } };
  const runner = startLoops(behind, [{ ...livenessLoop(behind, sandboxesOnHosts), name: 'test.liveness' }]);
  const status = () => runner.statuses()[0]!;
  const nextRun = (expected: object) => {
    const { runs } = status();
    return eventually(status, (now) => {
      expect(now.runs).toBeGreaterThan(runs + 1);
      expect(now).toMatchObject(expected);
    });
  };
  /** As time passes while all is well. */
  const pass = async (ms: number) => {
    for (let leftMs = ms; leftMs > 0; leftMs -= 15_000) {
      nowMs += 15_000;
      await nextRun({ lastError: undefined });
    }
  };
  const held = { lastResult: { held: 'startup grace' }, lastError: undefined };
  const marks = { lastResult: { held: undefined }, lastError: undefined };

  await nextRun(held);
  await pass(90_000);
  await nextRun(marks);

  await plane.context.sql`insert into hosts (id, name, status, last_seen_at) values ('host1', 'one', 'online', now())`;
  way.leadTo(nobody);
  way.cut();
  await eventually(status, ({ lastError }) => expect(lastError).toSatisfy(isDatabaseUnavailable));
  nowMs += 600_000;
  await plane.context.sql`update hosts set last_seen_at = now() - interval '10 minutes'`;
  way.leadTo(plane.databaseUrl);
  await nextRun(held);
  await pass(75_000);
  await nextRun(held);
  expect(await plane.context.sql`select status from hosts`).toEqual([{ status: 'online' }]);
  await pass(15_000);
  await nextRun(marks);
  expect(await plane.context.sql`select status from hosts`).toEqual([{ status: 'unreachable' }]);

  nowMs += 40_000;
  await nextRun(held);
  await runner.stop();
  await pool.end({ timeout: 0 });
});
