import { expect, test } from 'vitest';
import { LatestWanted } from './latest-wanted.ts';

test('what is late does not undo what came after it; repetitions, and those who say nothing of it, pass', () => {
  const latest = new LatestWanted();
  const hear = (sandboxId: string, wantedRevision: bigint) => () => latest.hear({ sandboxId, wantedRevision });
  hear('sbxone', 5n)();
  hear('sbxone', 6n)();
  expect(hear('sbxone', 5n)).toThrow('Something else was asked of this sandbox meanwhile.');
  expect(hear('sbxone', 6n)).not.toThrow();
  expect(hear('sbxone', 0n)).not.toThrow();
  expect(hear('sbxother', 1n)).not.toThrow();
  latest.forget('sbxone');
  expect(hear('sbxone', 5n)).not.toThrow();
});
