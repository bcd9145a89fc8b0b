import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { expect, test } from 'vitest';
import { endingOf, soonMs } from './expiry.ts';

const now = Date.UTC(2026, 0, 1);

test.each([
  [undefined, 'never'],
  [now, 'over'],
  [now - 1, 'over'],
  [now + 1, 'soon'],
  [now + soonMs - 1, 'soon'],
  [now + soonMs, 'later'],
])('what ends at %s ends %s', (at, ending) => {
  expect(endingOf(at === undefined ? undefined : timestampFromMs(at), now)).toBe(ending);
});
