import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { expect, test } from 'vitest';
import { collectPair } from './pairs.ts';
import { sayMib } from './size.ts';
import { tableOf } from './table.ts';
import { parseDuration, sayDuration, sayWhen } from './time.ts';
import { sayCount } from './words.ts';

test('columns are as wide as their widest cell, and nothing trails', () => {
  const columns = [
    { heading: 'NAME', cell: (row: { name: string; count: number }) => row.name },
    { heading: 'COUNT', cell: (row: { count: number }) => String(row.count), right: true },
  ];
  expect(
    tableOf(
      [
        { name: 'a long one', count: 7 },
        { name: '', count: 12 },
      ],
      columns,
    ),
  ).toBe('NAME        COUNT\na long one      7\n               12\n');
});

test('what a host says of itself cannot move the cursor or add a line', () => {
  expect(tableOf([{}], [{ heading: 'A', cell: () => 'x\n\u001b[2Jy' }])).toBe('A\nx [2Jy\n');
});

test('lengths of time are said in two units', () => {
  expect([0, 59, 60, 3599, 3600, 7500, 90_061, 864_000].map(sayDuration)).toEqual([
    '0 s',
    '59 s',
    '1 m',
    '59 m 59 s',
    '1 h',
    '2 h 5 m',
    '1 d 1 h',
    '10 d',
  ]);
});

test('moments are said from now', () => {
  const now = Date.UTC(2030, 0, 1);
  expect(sayWhen(timestampFromMs(now - 65_000), now)).toBe('1 m 5 s ago');
  expect(sayWhen(timestampFromMs(now + 3_600_000), now)).toBe('in 1 h');
  expect(sayWhen(undefined, now)).toBe('');
});

test('lengths of time and pairs are read as people write them', () => {
  expect(parseDuration('90s')).toEqual({ seconds: 90n });
  expect(parseDuration('2d')).toEqual({ seconds: 172_800n });
  for (const text of ['', '5', 'h', '1.5h', '-1s']) expect(() => parseDuration(text)).toThrow('such as');
  expect(collectPair('b=c=d', { a: '' })).toEqual({ a: '', b: 'c=d' });
  expect(() => collectPair('=x')).toThrow('KEY=VALUE');
});

test('sizes and counts', () => {
  expect([512, 1024, 1536n].map(sayMib)).toEqual(['512 MiB', '1 GiB', '1.5 GiB']);
  expect([sayCount(1, 'sandbox'), sayCount(2, 'sandbox'), sayCount(0, 'host')]).toEqual([
    '1 sandbox',
    '2 sandboxes',
    '0 hosts',
  ]);
});
