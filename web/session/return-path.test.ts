import { expect, test } from 'vitest';
import { returnPath } from './return-path.ts';

const origin = 'https://muster.example';

test('a path of the console is kept with its filters and its fragment', () => {
  expect(returnPath('/sandboxes?state=running#run', origin)).toBe('/sandboxes?state=running#run');
});

test.each([
  'https://evil.example/',
  '//evil.example',
  '/\\evil.example',
  'javascript:alert(1)',
  '',
  undefined,
  '/..//evil.example',
  '/.//evil.example',
])('a wish to go to %s leads home', (wished) => {
  expect(returnPath(wished, origin)).toBe('/');
});

test('nobody is sent back to the sign-in page', () => {
  expect(returnPath('/sign-in?next=/hosts', origin)).toBe('/');
});
