import { expect, test } from 'vitest';
import { readText, writeText } from './text.ts';

const bytes = (text: string) => new TextEncoder().encode(text);

test.each(['', 'one line', 'a\nb\n', 'a\r\nb\r\n', '\ufeffwith a mark\n', 'größe 日本\n'])(
  'what is opened and saved stays the same: %j',
  (text) => {
    const read = readText(bytes(text));
    if (read.kind !== 'text') throw new Error(read.kind);
    expect(read.text).not.toContain('\r');
    expect(writeText(read.text, read.lineEnd)).toEqual(bytes(text));
  },
);

test('what a text field would change is not edited', () => {
  expect(readText(bytes('a\r\nb\n')).kind).toBe('mixed');
  expect(readText(bytes('a\rb')).kind).toBe('mixed');
  expect(readText(Uint8Array.from([0xff, 0xfe])).kind).toBe('binary');
  expect(readText(bytes('a\0b')).kind).toBe('binary');
});
