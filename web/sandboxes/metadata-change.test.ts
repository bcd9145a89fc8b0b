import { expect, test } from 'vitest';
import { metadataChange, ownPairs } from './metadata-change.ts';

test('only what differs is sent, so that others may change the rest meanwhile', () => {
  const before = ownPairs({ name: 'one', color: 'red', zone: 'a', 'access.owner': 'ada' });
  expect(metadataChange(before, { name: 'two', zone: 'a', more: '' })).toEqual({
    set: { name: 'two', more: '' },
    remove: ['color'],
  });
  expect(metadataChange(before, { zone: 'a', color: 'red', name: 'one' })).toBeUndefined();
});
