import { create } from '@bufbuild/protobuf';
import { expect, test } from 'vitest';
import { WatchHostsResponseSchema } from '#proto/muster/v1/host_pb.js';
import { reduceHosts } from './feed.ts';

type Init = NonNullable<Parameters<typeof create<typeof WatchHostsResponseSchema>>[1]>;
const after = (...events: Init['event'][]) =>
  events
    .map((event) => create(WatchHostsResponseSchema, { event }))
    .reduce(reduceHosts, undefined as ReturnType<typeof reduceHosts>);
const names = (hosts: ReturnType<typeof reduceHosts>) => hosts?.map((host) => host.name);
const snapshot: Init['event'] = {
  case: 'snapshot',
  value: {
    hosts: [
      { id: 'h2', name: 'b' },
      { id: 'h1', name: 'a' },
    ],
  },
};

test('a snapshot is the truth, by name', () => {
  expect(names(after({ case: 'changed', value: { id: 'h9', name: 'z' } }, snapshot))).toEqual(['a', 'b']);
});

test('a change before the snapshot is not a list', () => {
  expect(after({ case: 'changed', value: { id: 'h1', name: 'a' } })).toBeUndefined();
});

test('a renamed host takes its new place, a removed one goes', () => {
  expect(names(after(snapshot, { case: 'changed', value: { id: 'h1', name: 'c' } }))).toEqual(['b', 'c']);
  expect(names(after(snapshot, { case: 'removedHostId', value: 'h1' }))).toEqual(['b']);
});

test('what comes further of a snapshot is added in its place', () => {
  const further: Init['event'] = { case: 'further', value: { hosts: [{ id: 'h3', name: 'ab' }] } };
  expect(names(after(snapshot, further))).toEqual(['a', 'ab', 'b']);
  expect(after(further)).toBeUndefined();
});
