import { afterAll, beforeAll, expect, test } from 'vitest';
import { HostEventKind } from '#proto/muster/v1/host_pb.js';
import { eventually } from '../../testing/index.ts';
import { startSimulatedFleet, type SimulatedFleet } from '../testing/simulated-fleet.ts';
import { markUnreachable } from '../liveness/store.ts';
import { forgetHostEvents } from './store.ts';

let fleet: SimulatedFleet;
beforeAll(async () => void (fleet = await startSimulatedFleet(1, { env: { MUSTER_SWEEP_INTERVAL: '1h' } })));
afterAll(() => fleet?.stop());

test('the life of a host is told: its joining, its silence and return, its agent and its machine that start anew', async () => {
  const [host] = fleet.hosts;
  const { sql } = fleet.plane.context;
  const hostId = host!.id;
  const { hosts } = fleet.plane.admin.clients;
  const kinds = async () => (await hosts.listHostEvents({ hostId })).events.map(({ kind }) => HostEventKind[kind]);
  expect(await kinds()).toEqual(['JOINED']);

  await host!.beat();
  expect(await kinds()).toEqual(['JOINED']);
  host!.goSilent();
  await eventually(
    async () => {
      await sql`update hosts set last_seen_at = now() - interval '2 minutes' where id = ${hostId}`;
      await markUnreachable(sql, [hostId], 90_000);
      return kinds();
    },
    (told) => expect(told).toContain('UNREACHABLE'),
  );
  await host!.restart();
  await eventually(kinds, (told) =>
    expect(told.toSorted()).toEqual(['AGENT_STARTED', 'JOINED', 'ONLINE', 'UNREACHABLE']),
  );
  await host!.reboot();
  await eventually(kinds, (told) => expect(told).toContain('MACHINE_STARTED'));

  const { events } = await hosts.listHostEvents({ hostId });
  const silence = events.find(({ kind }) => kind === HostEventKind.UNREACHABLE);
  expect(Number(silence!.at!.seconds - silence!.lastSeenAt!.seconds)).toBeGreaterThan(90);
  const first = await hosts.listHostEvents({ hostId, pageSize: 2 });
  const second = await hosts.listHostEvents({ hostId, pageSize: 1000, pageToken: first.nextPageToken });
  expect([...first.events, ...second.events]).toEqual(events);

  await sql`update host_events set at = now() - interval '31 days' where kind = 'joined'`;
  expect(await forgetHostEvents(sql, { days: 30, most: 3 })).toBe(events.length - 3);
  expect(await kinds()).toHaveLength(3);
});
