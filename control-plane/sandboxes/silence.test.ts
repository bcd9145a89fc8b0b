import { timestampMs } from '@bufbuild/protobuf/wkt';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { AlertKind, AlertState } from '#proto/muster/v1/alert_pb.js';
import { ObservedState, type Sandbox } from '#proto/muster/v1/sandbox_pb.js';
import { startSimulatedFleet, type SimulatedFleet } from '../hosts/testing/simulated-fleet.ts';
import { eventually, expectEventually } from '../testing/index.ts';
import { judgeSilence } from './silence-store.ts';

let fleet: SimulatedFleet;
beforeAll(async () => {
  fleet = await startSimulatedFleet(1, { env: { MUSTER_ALERT_INTERVAL: '100ms' } });
});
afterAll(() => fleet?.stop());

const hourMs = 3_600_000;
const mine = () => fleet.plane.admin.clients.sandboxes;
const read = async (sandboxId: string): Promise<Sandbox> => (await mine().getSandbox({ sandboxId })).sandbox!;
const pool = () => fleet.plane.services.pool;
const judge = () => judgeSilence(pool(), 2 * hourMs);
const isSilent = async (id: string) => (await read(id)).silentSince !== undefined;

/** One that was started and last used so many hours ago, of which its host says so. */
async function sandboxOf(
  metadata: Record<string, string>,
  { processes, quietHours, usedHours = 9 }: { processes: number; quietHours: number; usedHours?: number },
): Promise<string> {
  const { sandbox } = await mine().createSandbox({ metadata, limits: { memoryMib: 64, diskMib: 64, cpu: 0.1 } });
  const { id } = sandbox!;
  fleet.hosts[0]!.work.set(id, { processes, quietForMs: quietHours * hourMs });
  await pool()`
    update sandboxes
    set started_at = now() - interval '9 hours', last_activity_at = now() - ${usedHours} * interval '1 hour', last_work_at = null
    where id = ${id}
  `;
  return id;
}

/** Hosts are asked as the loop does it. */
async function ask(): Promise<void> {
  const runs = () => fleet.plane.replica.loops.statuses().find(({ name }) => name === 'sandboxes.work')!.runs;
  const before = runs();
  fleet.plane.replica.loops.wake('sandboxes.work');
  // One may have begun before.
  await expectEventually(() => runs() > before, true);
  fleet.plane.replica.loops.wake('sandboxes.work');
  await expectEventually(() => runs() > before + 1, true);
}

test('work is silent when nobody has used its sandbox and its host saw no sign of it for two hours', async () => {
  const silent = await sandboxOf({ name: 'night-shift' }, { processes: 1, quietHours: 3 });
  const marked = await sandboxOf({ work: 'scheduled' }, { processes: 0, quietHours: 3 });
  const others = {
    working: await sandboxOf({}, { processes: 1, quietHours: 1.9 }),
    used: await sandboxOf({}, { processes: 1, quietHours: 3, usedHours: 1.9 }),
    idle: await sandboxOf({}, { processes: 0, quietHours: 3 }),
    service: await sandboxOf({ work: 'service' }, { processes: 1, quietHours: 3 }),
  };
  await ask();
  await judge();
  const sandbox = await read(silent);
  expect(Date.now() - timestampMs(sandbox.silentSince!)).toBeGreaterThanOrEqual(3 * hourMs - 1000);
  const listed = await mine().listSandboxes({ silent: true });
  expect(listed.sandboxes.map(({ id }) => id)).toEqual([marked, silent]);
  for (const id of Object.values(others)) expect(await isSilent(id)).toBe(false);
  // It is told, and left alone.
  expect(sandbox.observed).toBe(ObservedState.RUNNING);
  expect(await judge()).toEqual([]);
  await eventually(
    () => fleet.plane.admin.clients.alerts.listAlerts({ state: AlertState.FIRING }),
    ({ alerts }) =>
      expect(alerts).toMatchObject([
        { kind: AlertKind.SILENT_SANDBOX, sentence: expect.stringContaining('night-shift of Ada') },
      ]),
  );

  // Somebody uses the one, the other is paused.
  await pool()`update sandboxes set last_activity_at = now() where id = ${silent}`;
  await mine().pauseSandbox({ sandboxId: marked });
  expect(await isSilent(marked)).toBe(false);
  await judge();
  expect((await mine().listSandboxes({ silent: true })).sandboxes).toEqual([]);
});

test('what its host has not watched lately is not called silent', async () => {
  const id = await sandboxOf({ work: 'assistant' }, { processes: 1, quietHours: 3 });
  await ask();
  await judge();
  expect(await isSilent(id)).toBe(true);
  // In one transaction: the host goes on telling.
  const [row] = await pool().begin(async (sql) => {
    await sql`update sandboxes set work_told_at = now() - interval '6 minutes' where id = ${id}`;
    await judgeSilence(sql, 2 * hourMs);
    return sql`select silent_since from sandboxes where id = ${id}`;
  });
  expect(row).toEqual({ silent_since: null });
});
