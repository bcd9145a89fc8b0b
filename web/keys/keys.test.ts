import { create } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { expect, test } from 'vitest';
import { ApiKeySchema, KeyState } from '#proto/muster/v1/api_key_pb.js';
import { parseKeySearch, passes } from './filter.ts';
import { keysSentence } from './sentence.ts';
import { keyStateOf } from './states.ts';

const now = Date.UTC(2026, 0, 1);
const day = 86_400_000;
const key = (state: KeyState, endsInDays?: number) =>
  create(ApiKeySchema, {
    name: 'Nightly',
    prefix: 'mst_team_4k7mPq',
    createdByName: 'Ada',
    state,
    ...(endsInDays !== undefined && { expiresAt: timestampFromMs(now + endsInDays * day) }),
  });
const works = key(KeyState.ACTIVE, 90);
const soon = key(KeyState.ACTIVE, 3);
const orphan = key(KeyState.ORPHANED, 90);

test.each([
  [key(KeyState.ACTIVE), 'works'],
  [works, 'works'],
  [soon, 'soon'],
  [key(KeyState.ACTIVE, -1), 'expired'],
  [key(KeyState.EXPIRED, -1), 'expired'],
  [key(KeyState.REVOKED, 90), 'revoked'],
  [orphan, 'orphaned'],
])('%#: the state that is shown', (one, state) => {
  expect(keyStateOf(one, now)).toBe(state);
});

test.each([
  [[], 'There are no keys.'],
  [[works], '1 key works.'],
  [[works, soon, orphan], '2 keys work; 1 ends within two weeks, 1 stopped with its maker.'],
  [[orphan, orphan], 'No key works; 2 stopped with their makers.'],
])('%#: what stands out', (keys, sentence) => {
  expect(keysSentence(keys, now)).toBe(sentence);
});

test('keys are found by name, prefix and maker, and by state', () => {
  expect(passes(works, { q: 'NIGHT' }, now)).toBe(true);
  expect(passes(works, { q: '4k7m' }, now)).toBe(true);
  expect(passes(works, { q: 'ada', state: 'works' }, now)).toBe(true);
  expect(passes(works, { state: 'soon' }, now)).toBe(false);
  expect(passes(works, { q: 'daily' }, now)).toBe(false);
});

test('an address says only what the page knows', () => {
  expect(parseKeySearch({ state: 'gone', dialog: 'other', ended: 'shown', q: '' })).toEqual({
    q: undefined,
    state: undefined,
    ended: 'shown',
    key: undefined,
    dialog: undefined,
  });
});
