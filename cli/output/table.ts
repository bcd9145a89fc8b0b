import type { Output } from '../surroundings.ts';

/** A column: its heading and what a row shows in it. */
export interface Column<Row> {
  readonly heading: string;
  readonly cell: (row: Row) => string;
  readonly right?: boolean;
}

/** Prints aligned rows below headings, or the sentence that says why there are none. */
export function printTable<Row>(
  output: Output,
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  empty: string,
): void {
  output.write(rows.length === 0 ? `${empty}\n` : tableOf(rows, columns));
}

/** The text of a table. */
export function tableOf<Row>(rows: readonly Row[], columns: readonly Column<Row>[]): string {
  const cells = [
    columns.map(({ heading }) => heading),
    ...rows.map((row) => columns.map(({ cell }) => oneLine(cell(row)))),
  ];
  const widths = columns.map((_, index) => Math.max(...cells.map((line) => line[index]!.length)));
  const lines = cells.map((line) =>
    line
      .map((text, index) => (columns[index]!.right ? text.padStart(widths[index]!) : text.padEnd(widths[index]!)))
      .join('  '),
  );
  return lines.map((line) => `${line.trimEnd()}\n`).join('');
}

/** Prints names and values below each other. Those without a value are left out. */
export function printFacts(output: Output, facts: readonly (readonly [name: string, value: string])[]): void {
  const shown = facts.filter(([, value]) => value !== '');
  const width = Math.max(...shown.map(([name]) => name.length));
  for (const [name, value] of shown) output.write(`${name.padEnd(width)}  ${oneLine(value)}\n`);
}

/** What comes from elsewhere must not move the cursor or fake a line. */
const oneLine = (text: string) => text.replaceAll(/[\u0000-\u001f\u007f-\u009f]+/g, ' ');
