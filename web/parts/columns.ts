import type { ReactNode } from 'react';

/** A column of a table. */
export interface Column<Row> {
  readonly key: string;
  readonly header: string;
  readonly cell: (row: Row) => ReactNode;
  readonly align?: 'end';
  /** Widths and what else the column's cells wear on a wide page. */
  readonly className?: string;
  /** Where the table can be sorted by it. */
  readonly sort?: { readonly direction: 'ascending' | 'descending' | undefined; readonly onSort: () => void };
  /** On a phone the cell stands in the card's head, without its header. */
  readonly heading?: boolean;
}

/** Which rows are chosen. */
export interface Selection<Row> {
  readonly keys: ReadonlySet<string>;
  readonly onChange: (keys: ReadonlySet<string>) => void;
  /** What a row is called, for those who hear the page. */
  readonly name: (row: Row) => string;
}
