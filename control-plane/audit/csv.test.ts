import fc from 'fast-check';
import { expect, test } from 'vitest';
import { csvCell } from './csv.ts';

test.each([
  '=1+1',
  '+1',
  '-1',
  '@SUM(A1)',
  '\t=1',
  '\r=1',
  ' =cmd|calc',
  '\n\n@x',
  '\u{ff1d}1',
  '\u{0}=1',
  '\u{200b}=1'.slice(1),
])('%j does not become a formula', (value) => {
  expect(csvCell(value).startsWith(`"'`)).toBe(true);
});

test('ordinary values stay as they are', () => {
  expect(csvCell('host.create')).toBe('"host.create"');
  expect(csvCell('a "quoted", one\nof two lines')).toBe('"a ""quoted"", one\nof two lines"');
  expect(csvCell('2026-01-02')).toBe('"2026-01-02"');
});

test('every cell can be read back, and none begins as a formula', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (value) => {
      const cell = csvCell(value);
      expect(cell).toMatch(/^"(?:[^"]|"")*"$/);
      const read = cell.slice(1, -1).replaceAll('""', '"');
      expect([value, `'${value}`]).toContain(read);
      expect(read).not.toMatch(/^\s*[=+\-@]/);
    }),
  );
});
