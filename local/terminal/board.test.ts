import { expect, test } from 'vitest';
import { Board } from './board.ts';

/** What a terminal shows in the end: it understands the two sequences that a board uses. */
function terminal() {
  let lines: string[] = [''];
  return {
    isTTY: true,
    columns: 60,
    shown: () => lines.join('\n'),
    write(text: string) {
      const up = /^\u001b\[(\d+)A\u001b\[J$/.exec(text);
      if (up) lines = [...lines.slice(0, -1 - Number(up[1])), ''];
      else {
        const [first = '', ...rest] = text.replaceAll(/\u001b\[\d+m/g, '').split('\n');
        lines = [...lines.slice(0, -1), lines.at(-1)! + first, ...rest];
      }
    },
  };
}

test('a terminal shows each part on one line that changes, and notes above', () => {
  const screen = terminal();
  const board = new Board(screen);
  const one = board.begin('One', 'beginning');
  const two = board.begin('Two', 'beginning');
  two.update('half');
  one.note('by the way');
  two.done('ready');
  expect(screen.shown()).toBe(
    ['    by the way', '  … One               beginning', '  ✓ Two               ready', ''].join('\n'),
  );
  one.warn('without');
  board.print('the end');
  expect(screen.shown()).toBe(
    ['    by the way', '  ! One               without', '  ✓ Two               ready', 'the end', ''].join('\n'),
  );
});

test('a running line never wraps: the board could not take it back', () => {
  const screen = terminal();
  new Board(screen).begin('One', 'x'.repeat(100));
  expect(screen.shown().split('\n')[0]!.length).toBeLessThan(60);
});

test('a file gets one line per change and no sequences', () => {
  let text = '';
  const board = new Board({ write: (more) => void (text += more) });
  const part = board.begin('One', 'beginning');
  part.update('half');
  part.update('half');
  part.fail('broken');
  expect(text).toBe('  … One               beginning\n  … One               half\n  ✗ One               broken\n');
});
