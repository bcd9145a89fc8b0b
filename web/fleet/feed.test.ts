import { create } from '@bufbuild/protobuf';
import { expect, test } from 'vitest';
import { ComponentState, WatchFleetResponseSchema } from '#proto/muster/v1/fleet_pb.js';
import { reduceFleet, type Fleet } from './feed.ts';

type Init = NonNullable<Parameters<typeof create<typeof WatchFleetResponseSchema>>[1]>;
const after = (...events: Init['event'][]): Fleet | undefined =>
  events
    .map((event) => create(WatchFleetResponseSchema, { event }))
    .reduce(reduceFleet, undefined as Fleet | undefined);

const { CURRENT, BEHIND, DIRTY } = ComponentState;
const snapshot: Init['event'] = {
  case: 'snapshot',
  value: {
    summary: { sentence: 'before' },
    hosts: [
      { hostId: 'h1', hostName: 'a', state: CURRENT },
      { hostId: 'h2', hostName: 'b', state: BEHIND },
    ],
  },
};

test('hosts stand worst first', () => {
  expect(after(snapshot)?.hosts.map((host) => host.hostName)).toEqual(['b', 'a']);
});

test('a change replaces hosts, removes hosts and brings the new sentence', () => {
  const fleet = after(snapshot, {
    case: 'change',
    value: {
      summary: { sentence: 'after' },
      hosts: [{ hostId: 'h1', hostName: 'a', state: DIRTY }],
      removedHostIds: ['h2'],
    },
  });
  expect(fleet?.hosts.map((host) => [host.hostName, host.state])).toEqual([['a', DIRTY]]);
  expect(fleet?.summary?.sentence).toBe('after');
});

test('a keep-alive changes nothing', () => {
  const fleet = after(snapshot);
  expect(reduceFleet(fleet, create(WatchFleetResponseSchema, { event: { case: 'keepAlive', value: {} } }))).toBe(fleet);
});
