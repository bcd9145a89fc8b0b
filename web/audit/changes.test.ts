import { expect, test } from 'vitest';
import { changesOf } from './changes.ts';

test('settings that changed come first', () => {
  expect(changesOf({ name: 'a', labels: { zone: 'north' } }, { name: 'a', labels: { zone: 'south' }, cpu: 2 })).toEqual(
    [
      { key: 'labels', before: '{"zone":"north"}', after: '{"zone":"south"}', changed: true },
      { key: 'cpu', before: undefined, after: '2', changed: true },
      { key: 'name', before: 'a', after: 'a', changed: false },
    ],
  );
});

test('what was not set was left as it was', () => {
  expect(changesOf({ name: 'a', cpu: 1 }, { name: 'b' })).toMatchObject([
    { key: 'name', changed: true },
    { key: 'cpu', changed: false },
  ]);
});

test('what was made has no before, and what was removed no after', () => {
  expect(changesOf(undefined, { name: 'a' })).toMatchObject([{ before: undefined, after: 'a' }]);
  expect(changesOf({ name: null }, undefined)).toMatchObject([{ before: 'null', after: undefined }]);
});
