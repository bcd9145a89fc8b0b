import { expect, test } from 'vitest';
import { openRevisions } from './revisions.ts';

test('it is known what has changed since a moment, each once, and nothing of another time or process', () => {
  const revisions = openRevisions(3);
  const first = revisions.mark();
  expect(revisions.since(first)).toEqual([]);
  revisions.add(['a', 'b']);
  const second = revisions.mark();
  revisions.add(['b']);
  revisions.add([]);
  expect(revisions.since(first)).toEqual(['a', 'b']);
  expect(revisions.since(second)).toEqual(['b']);
  for (const strange of [
    '',
    'x',
    openRevisions().mark(),
    `${first}5`,
    first.replace('.0', '.-1'),
    first.replace('.0', '.'),
  ])
    expect(revisions.since(strange)).toBeUndefined();
  // Too much to be kept.
  revisions.add(['c', 'd']);
  expect(revisions.since(second)).toBeUndefined();
  expect(revisions.since(revisions.mark())).toEqual([]);
});
