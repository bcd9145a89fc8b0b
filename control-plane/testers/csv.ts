/** A line of a CSV that holds something. */
export interface CsvLine {
  /** Where it begins, as editors count; from 1. */
  readonly line: number;
  readonly cells: readonly string[];
}

/** What stands between cells, the likelier first: spreadsheets write what their country has. */
const separators = [',', ';', '\t'] as const;

/**
 * Reads a CSV as RFC 4180 has it, with whichever of the separators its first line has most of. A quote that is never
 * closed takes the rest. Blank lines are left out. Line ends are `\n` already.
 */
export function readCsv(text: string): CsvLine[] {
  const separator = separatorOf(text.slice(0, text.indexOf('\n') + 1 || undefined));
  const lines: CsvLine[] = [];
  let [line, began, cell, quoted, cells] = [1, 1, '', false, [] as string[]];
  const endLine = () => {
    const all = [...cells, cell].map((one) => one.trim());
    if (all.some((one) => one !== '')) lines.push({ line: began, cells: all });
    [cells, cell, began] = [[], '', line];
  };
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at]!; // within the text
    if (character === '\n') line += 1;
    if (quoted) {
      if (character !== '"') cell += character;
      else if (text[at + 1] === '"') [cell, at] = [`${cell}"`, at + 1];
      else quoted = false;
    } else if (character === '"' && cell.trim() === '') [cell, quoted] = ['', true];
    else if (character === '\n') endLine();
    else if (character === separator) [cells, cell] = [[...cells, cell], ''];
    else cell += character;
  }
  endLine();
  return lines;
}

function separatorOf(head: string): string {
  const counted = separators.map((separator) => ({ separator, count: head.split(separator).length }));
  return counted.reduce((best, one) => (one.count > best.count ? one : best)).separator;
}
