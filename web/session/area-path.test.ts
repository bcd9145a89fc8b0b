import { expect, test } from 'vitest';
import { areaPath } from './area-path.ts';

test.each([
  ['/', '/'],
  ['/sandboxes', '/sandboxes'],
  ['/sandboxes/sbx123', '/sandboxes'],
])('who switches teams at %s goes on at %s', (path, area) => {
  expect(areaPath(path)).toBe(area);
});
