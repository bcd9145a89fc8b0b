import { create } from '@bufbuild/protobuf';
import { expect, test } from 'vitest';
import { ComponentState, WatchFleetResponseSchema } from '#proto/muster/v1/fleet_pb.js';
import { hostsToCome, reduceFleet, type Fleet } from './feed.ts';

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

test('of a large fleet the rest comes in pieces, each host in its place, and what is to come is known', () => {
  const first: Init['event'] = {
    case: 'snapshot',
    value: {
      summary: { totalHosts: 4 },
      hosts: [
        { hostId: 'h2', hostName: 'b', state: BEHIND },
        { hostId: 'h3', hostName: 'c', state: CURRENT },
      ],
    },
  };
  const fleet = after(first)!;
  expect(hostsToCome(fleet)).toBe(2);
  const piece: Init['event'] = {
    case: 'change',
    value: {
      summary: { totalHosts: 4 },
      hosts: [
        { hostId: 'h4', hostName: 'd', state: CURRENT },
        { hostId: 'h1', hostName: 'a', state: CURRENT },
        { hostId: 'h3', hostName: 'c', state: DIRTY },
      ],
    },
  };
  const whole = after(first, piece)!;
  expect(whole.hosts.map(({ hostName }) => hostName)).toEqual(['c', 'b', 'a', 'd']);
  expect(hostsToCome(whole)).toBe(0);
});

test('a keep-alive changes nothing', () => {
  const fleet = after(snapshot);
  expect(reduceFleet(fleet, create(WatchFleetResponseSchema, { event: { case: 'keepAlive', value: {} } }))).toBe(fleet);
});

test('the fleet can be gone on with from the last message that closed a moment', () => {
  const said = (event: Init['event'], resumeToken: string) => create(WatchFleetResponseSchema, { event, resumeToken });
  const piece: Init['event'] = { case: 'change', value: {} };
  const tokens = (...messages: ReturnType<typeof said>[]) =>
    messages.reduce(reduceFleet, undefined as Fleet | undefined)?.resumeToken;
  expect(tokens(said(snapshot, 'one'))).toBe('one');
  expect(tokens(said(snapshot, ''), said(piece, ''))).toBe('');
  expect(tokens(said(snapshot, ''), said(piece, ''), said(piece, 'two'))).toBe('two');
  expect(tokens(said(snapshot, 'one'), said(piece, ''))).toBe('one');
});
