import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { expect, test } from 'vitest';
import { FileInfoSchema, FileType } from '#proto/muster/v1/file_pb.js';
import { arranged, bytesWord, entriesOf, modeWord, targetOf } from './entry.ts';

const file = (path: string, more: MessageInitShape<typeof FileInfoSchema> = {}) =>
  create(FileInfoSchema, { type: FileType.REGULAR, ...more, at: { case: 'path', value: path } });

test.each([
  [FileType.DIRECTORY, 0o755, 'drwxr-xr-x'],
  [FileType.REGULAR, 0o4755, '-rwsr-xr-x'],
  [FileType.DIRECTORY, 0o1777, 'drwxrwxrwt'],
  [FileType.REGULAR, 0o2640, '-rw-r-S---'],
])('permissions are written as ls writes them', (type, mode, word) => {
  expect(modeWord({ type, mode })).toBe(word);
});

test('directories come first, numbers in names count, hidden ones show when wanted', () => {
  const entries = entriesOf([
    file('/a10', { size: 1n }),
    file('/a9', { size: 2n }),
    file('/.secret'),
    file('/z', { type: FileType.DIRECTORY }),
  ]);
  const names = (options: Partial<Parameters<typeof arranged>[1]>) =>
    arranged(entries, { sort: 'name', descending: false, hidden: false, ...options }).map(({ name }) => name);
  expect(names({})).toEqual(['z', 'a9', 'a10']);
  expect(names({ descending: true })).toEqual(['z', 'a10', 'a9']);
  expect(names({ sort: 'size' })).toEqual(['z', 'a10', 'a9']);
  expect(names({ hidden: true })).toContain('.secret');
});

test('sizes and targets are told in words', () => {
  expect([bytesWord(1n), bytesWord(1023), bytesWord(1536), bytesWord(300 * 1024)]).toEqual([
    '1 byte',
    '1023 bytes',
    '1.5 KiB',
    '300 KiB',
  ]);
  expect(targetOf(file('/x', { link: { case: 'rawTarget', value: Uint8Array.from([0x61, 0xff]) } }))).toBe('a\\xff');
  expect(targetOf(file('/x'))).toBeUndefined();
});
