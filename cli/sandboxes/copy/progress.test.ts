import { expect, test } from 'vitest';
import { Progress } from './progress.ts';

const mebibyte = 1024 * 1024;

function copyAt(isTTY: boolean): string[] {
  const written: string[] = [];
  const progress = new Progress({ isTTY, write: (text: string) => written.push(text) > 0 });
  progress.expect(4 * mebibyte);
  progress.moved(mebibyte);
  progress.say('a line that stays');
  progress.fileDone();
  progress.end();
  return written;
}

test('who reads along sees how far it is on one line, which is gone in the end', () => {
  const [line, cleared, said, ...more] = copyAt(true);
  expect(line).toMatch(/^\r25 %, 0 files, 1 MiB, .* MiB\/s$/);
  expect(cleared).toMatch(/^\r +\r$/);
  expect(cleared?.length).toBe((line?.length ?? 0) + 1);
  expect([said, more]).toEqual(['a line that stays\n', []]);
});

test('a file that is written to gets no line that is written over', () => {
  expect(copyAt(false)).toEqual(['a line that stays\n']);
});
