import { expect, test } from 'vitest';
import { doubtfulOf } from './doubtful.ts';

const links = [
  { hostId: 'a', generation: 7, epoch: 1 },
  { hostId: 'b', generation: 9, epoch: 3 },
];
const sums = { count: 2, generations: 16n, epochs: 4n, quarantined: [] };
const idsOf = (known: typeof sums | { quarantined: string[] }) =>
  doubtfulOf(links, { ...sums, ...known }).map(({ hostId }) => hostId);

test('where the database knows the same connections, none is looked at', () => expect(idsOf(sums)).toEqual([]));

test('a connection of a quarantined host is looked at, and no other', () =>
  expect(idsOf({ quarantined: ['b', 'elsewhere'] })).toEqual(['b']));

test.each([
  ['one belongs to another replica now, or its host is gone', { ...sums, count: 1, generations: 7n, epochs: 1n }],
  ['one was replaced', { ...sums, generations: 17n }],
  ['one was revoked', { ...sums, epochs: 5n }],
  ['there is one that is not held here', { ...sums, count: 3 }],
])('all are looked at where %s', (_, known) => expect(idsOf(known)).toEqual(['a', 'b']));
