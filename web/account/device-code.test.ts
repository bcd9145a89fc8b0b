import { expect, test } from 'vitest';
import { isDeviceCode, toDeviceCode } from './device-code.ts';

test.each([
  ['abcd-efgh', 'ABCD-EFGH'],
  [' abcd efgh ', 'ABCD-EFGH'],
  ['abcdefghij', 'ABCD-EFGH'],
  ['abc', 'ABC'],
  ['1234', ''],
])('"%s" is read as "%s"', (text, code) => {
  expect(toDeviceCode(text)).toBe(code);
});

test('only a whole code can be approved', () => {
  expect(isDeviceCode('ABCD-EFGH')).toBe(true);
  expect(isDeviceCode('ABCD-EFG')).toBe(false);
});
