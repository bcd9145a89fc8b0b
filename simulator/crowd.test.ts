import { afterAll, beforeAll, expect, test } from 'vitest';
import { HostStatus } from '#proto/muster/v1/host_pb.js';
import { eventually, startTestControlPlane, type TestControlPlane } from '../control-plane/testing/index.ts';
import { startCrowd } from './crowd.ts';
import { faultNames } from './faults.ts';
import { faultTable, readOptions } from './options.ts';

let plane: TestControlPlane;
beforeAll(async () => {
  plane = await startTestControlPlane({ env: { MUSTER_STARTUP_GRACE: '0s', MUSTER_SWEEP_INTERVAL: '200ms' } });
});
afterAll(() => plane?.stop());

const ordinary = {
  hosts: 6,
  sandboxes: 8,
  faults: faultNames,
  faultEveryMs: 40,
  seed: 7,
  prefix: 'crowd',
  heartbeatEveryMs: 500,
  say: () => {},
};

test('a crowd joins, runs its sandboxes, goes wrong in every way, and leaves nothing behind', async () => {
  const { hosts, sandboxes } = plane.admin.clients;
  const stop = new AbortController();
  const options = { ...ordinary, serverUrl: plane.url, token: plane.admin.token };
  const crowd = await startCrowd(options, stop.signal);
  await eventually(
    () => crowd.running,
    (running) => expect(running).toBeGreaterThan(0),
  );
  await eventually(
    () => crowd.faultsBegun,
    (begun) => expect(begun).toBeGreaterThan(2 * faultNames.length),
  );
  expect(
    (await hosts.listHosts({})).hosts.map(({ name }) => name).filter((name) => name.startsWith('crowd-')),
  ).toHaveLength(6);
  stop.abort();
  await crowd.end();
  expect((await hosts.listHosts({ statuses: [HostStatus.ONLINE, HostStatus.UNREACHABLE] })).hosts).toEqual([]);
  const rows = await plane.services
    .pool`select id from sandboxes where observed not in ('destroyed', 'failed') and wanted <> 'destroyed'`;
  expect(rows).toEqual([]);
  expect((await sandboxes.listSandboxes({})).sandboxes.filter(({ stateLabel }) => stateLabel === 'Running')).toEqual(
    [],
  );
});

test('faults are chosen by name, and each says in a sentence what it is', () => {
  const asked = { hosts: 1, sandboxes: 0, listFaults: false, faultEveryMs: 1, seed: 1, prefix: 'x', keep: false };
  const read = (faults: string[]) => readOptions(JSON.stringify({ ...asked, faults })).faults;
  expect(read(['cut', 'reboot'])).toEqual(['cut', 'reboot']);
  expect(read(['all'])).toEqual(faultNames);
  expect(() => read(['nonsense'])).toThrow(/^There is no fault nonsense\. There are: silence, /);
  expect(faultTable().trim().split('\n')).toHaveLength(faultNames.length);
});
