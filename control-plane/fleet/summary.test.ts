import { expect, test } from 'vitest';
import { ComponentState } from '#proto/muster/v1/fleet_pb.js';
import { countStates, summarise, type Standing } from './summary.ts';

const now = new Date('2026-03-06T12:00:00Z'); // a Friday
const { CURRENT, BEHIND, STALE, HEAD_UNKNOWN, DIRTY, DIVERGED, NEVER_REPORTED } = ComponentState;
const many = (number: number, state: ComponentState, since?: string): Standing[] =>
  Array.from({ length: number }, () => ({ state, behindSince: since === undefined ? undefined : new Date(since) }));
const tuesday = '2026-03-03T09:00:00Z';

test.each<[string, Standing[]]>([
  ['No machine has joined yet', []],
  ['The one machine runs main', many(1, CURRENT)],
  ['The one machine does not run main; it is behind since 10:30 UTC', many(1, BEHIND, '2026-03-06T10:30:00Z')],
  ['The one machine is not known to run main; it has never reported', many(1, NEVER_REPORTED)],
  ['Both machines run main', many(2, CURRENT)],
  ['1 of 2 machines runs main; 1 is silent', [...many(1, CURRENT), ...many(1, STALE)]],
  ['Neither of the 2 machines is known to run main; 2 cannot be judged', many(2, HEAD_UNKNOWN)],
  ['All 16 machines run main', many(16, CURRENT)],
  [
    '14 of 16 machines run main; 2 are behind since Tuesday',
    [...many(14, CURRENT), ...many(1, BEHIND, tuesday), ...many(1, BEHIND, '2026-03-05T09:00:00Z')],
  ],
  [
    'None of the 3 machines runs main; 1 has diverged and 2 are behind since 3 January',
    [...many(2, BEHIND, '2026-01-03T00:00:00Z'), ...many(1, DIVERGED)],
  ],
  [
    'None of the 9 machines is known to run main; 3 are silent, 3 run uncommitted changes, 2 are behind since 3 March 2025 and 1 more is not current',
    [...many(2, BEHIND, '2025-03-03T00:00:00Z'), ...many(1, DIVERGED), ...many(3, STALE), ...many(3, DIRTY)],
  ],
])('%s', (sentence, hosts) => expect(summarise(hosts, ['main', 'main'], now)).toBe(sentence));

test('other branches and no repository at all are said, too', () => {
  expect(summarise(many(2, CURRENT), ['release'], now)).toBe('Both machines run release');
  expect(summarise(many(3, CURRENT), ['release', 'main'], now)).toBe('All 3 machines run their branch');
  expect(summarise(many(3, HEAD_UNKNOWN), [], now)).toBe('No repository is registered yet, so nothing can be compared');
});

test('states are counted worst first', () => {
  expect(countStates([...many(2, CURRENT), ...many(1, STALE), ...many(3, BEHIND)])).toEqual([
    { state: STALE, hosts: 1 },
    { state: BEHIND, hosts: 3 },
    { state: CURRENT, hosts: 2 },
  ]);
});
