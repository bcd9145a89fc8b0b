import { expect, test } from 'vitest';
import { noOutput, plainText, withOutput } from './output.ts';

test('what comes from the same stream joins, what comes from the other stands apart, in order', () => {
  const output = [
    ['stdout', 'a'],
    ['stdout', 'b'],
    ['stderr', 'c'],
    ['stdout', 'd'],
  ].reduce((before, [from, text]) => withOutput(before, from as 'stdout' | 'stderr', text!), noOutput);
  expect(output.segments).toEqual([
    { from: 'stdout', text: 'ab' },
    { from: 'stderr', text: 'c' },
    { from: 'stdout', text: 'd' },
  ]);
});

test('of a flood the end is kept, and it is known that the beginning is missing', () => {
  const flood = withOutput(withOutput(noOutput, 'stderr', 'first'), 'stdout', 'x'.repeat(500_000));
  expect(flood.cut).toBe(true);
  expect(flood.length).toBe(400_000);
  expect(flood.segments).toHaveLength(1);
  expect(flood.segments[0]?.text).toHaveLength(400_000);
});

test('colours and titles are taken out, the text stays', () => {
  expect(plainText('\u001b[1;31mred\u001b[0m \u001b]0;title\u0007plain')).toBe('red plain');
});
