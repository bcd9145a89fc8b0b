import { create } from '@bufbuild/protobuf';
import { expect, test } from 'vitest';
import { ComponentState, FleetHostSchema } from '#proto/muster/v1/fleet_pb.js';
import { filterFleet, parseFleetFilter } from './filter.ts';

const hosts = [
  create(FleetHostSchema, {
    hostName: 'alpha',
    state: ComponentState.BEHIND,
    components: [
      { component: 'agent', repository: 'muster', running: { sha: 'abc' } },
      { component: 'web', repository: 'shop' },
    ],
  }),
  create(FleetHostSchema, {
    hostName: 'beta',
    state: ComponentState.CURRENT,
    labels: { zone: 'cellar' },
    components: [{ component: 'agent', repository: 'muster' }],
  }),
];
const names = (filter: Parameters<typeof filterFleet>[1]) => filterFleet(hosts, filter).map((host) => host.hostName);

test('a word that is no state does not filter', () => {
  expect(parseFleetFilter({ state: 'constructor', repository: 'shop' })).toEqual({
    state: undefined,
    repository: 'shop',
    q: undefined,
    group: undefined,
  });
});

test('hosts are found by state, by text and by label', () => {
  expect(names({ state: 'behind' })).toEqual(['alpha']);
  expect(names({ q: 'ABC' })).toEqual(['alpha']);
  expect(names({ q: 'zone=cellar' })).toEqual(['beta']);
});

test('a repository leaves only its own components', () => {
  expect(
    filterFleet(hosts, { repository: 'shop' }).map((host) => host.components.map(({ component }) => component)),
  ).toEqual([['web']]);
});
