import { ArrowDown, ArrowUp } from 'lucide-react';
import { useEffect, useRef, useState, type ReactNode } from 'react';
import { Button } from './Button.tsx';
import { classes } from './classes.ts';

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

interface TableProps<Row> {
  readonly label: string;
  readonly rows: readonly Row[];
  readonly columns: readonly Column<Row>[];
  readonly rowKey: (row: Row) => string;
  /** Shown instead of the table where there are no rows. */
  readonly empty: ReactNode;
  /** Rows can be chosen, to do something with several at once. */
  readonly selection?: Selection<Row> | undefined;
}

/** Which rows are chosen. */
export interface Selection<Row> {
  readonly keys: ReadonlySet<string>;
  readonly onChange: (keys: ReadonlySet<string>) => void;
  /** What a row is called, for those who hear the page. */
  readonly name: (row: Row) => string;
}

const pageRows = 200;

/**
 * A table; on a phone a list of cards with the same facts in the same order. Roles are written out, because a
 * browser drops a table's roles when its display changes.
 */
export function Table<Row>({ label, rows, columns, rowKey, empty, selection }: TableProps<Row>) {
  const [shown, setShown] = useState(pageRows);
  const isNew = useNewKeys(rows.map(rowKey));
  if (rows.length === 0) return empty;
  return (
    <div className="@container rounded-panel bg-panel shadow-panel ring-1 ring-line">
      <div className="overflow-x-auto overflow-y-clip rounded-panel">
        <table role="table" aria-label={label} className="w-full border-collapse text-table @max-table:block">
          <thead role="rowgroup" className="@max-table:sr-only">
            <tr role="row" className="border-b border-line">
              {selection && (
                <th role="columnheader" scope="col" className="w-8 pl-4 text-left align-middle">
                  <SelectAll keys={rows.map(rowKey)} selection={selection} />
                </th>
              )}
              {columns.map((column) => (
                <th
                  key={column.key}
                  role="columnheader"
                  scope="col"
                  aria-sort={column.sort?.direction}
                  className={classes(
                    'h-9 px-3 text-small font-medium whitespace-nowrap text-ink-faint first:pl-4 last:pr-4',
                    column.align === 'end' ? 'text-right' : 'text-left',
                  )}
                >
                  <Header column={column} />
                </th>
              ))}
            </tr>
          </thead>
          <tbody role="rowgroup" className="@max-table:block">
            {rows.slice(0, shown).map((row) => (
              <tr
                key={rowKey(row)}
                role="row"
                className={classes(
                  'relative border-line transition-colors not-last:border-b focus-within:bg-hover/50 hover:bg-hover/50',
                  '@max-table:flex @max-table:flex-wrap @max-table:items-center @max-table:gap-x-3 @max-table:gap-y-1.5 @max-table:px-4 @max-table:py-3.5',
                  isNew(rowKey(row)) && 'animate-enter',
                )}
              >
                {selection && (
                  <td role="cell" className="w-8 pl-4 align-middle @max-table:w-auto @max-table:p-0!">
                    <SelectRow rowKey={rowKey(row)} name={selection.name(row)} selection={selection} />
                  </td>
                )}
                {columns.map((column, index) => (
                  <td
                    key={column.key}
                    role="cell"
                    className={classes(
                      'px-3 py-1.5 first:pl-4 last:pr-4 @table:h-9',
                      column.align === 'end' && '@table:text-right',
                      '@max-table:flex @max-table:items-baseline @max-table:gap-3 @max-table:p-0! @max-table:empty:hidden',
                      column.heading === true ? index === 0 && '@max-table:flex-1' : '@max-table:w-full!',
                      column.className,
                    )}
                  >
                    <Cell column={column} row={row} />
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {rows.length > shown && (
        <div className="border-t border-line p-2 text-center">
          <Button look="quiet" small onClick={() => setShown(shown + pageRows)}>
            Show {Math.min(pageRows, rows.length - shown)} more of {rows.length}
          </Button>
        </div>
      )}
    </div>
  );
}

/** A fact with its header, which only a phone shows; nothing where there is no fact. */
function Cell<Row>({ column, row }: { column: Column<Row>; row: Row }) {
  const content = column.cell(row);
  if (content === null) return null;
  return (
    <>
      {column.heading !== true && (
        <span aria-hidden className="w-24 shrink-0 font-sans text-small text-ink-faint @table:hidden">
          {column.header}
        </span>
      )}
      {content}
    </>
  );
}

/** On a phone the headers are only read out, so nothing in them can be pressed. */
function Header<Row>({ column: { header, sort, align } }: { column: Column<Row> }) {
  if (sort === undefined) return header;
  const Icon = sort.direction === 'descending' ? ArrowDown : ArrowUp;
  return (
    <>
      <span className="hidden @max-table:inline">{header}</span>
      <button
        type="button"
        onClick={sort.onSort}
        className={classes(
          'group -mx-1.5 inline-flex h-7 items-center gap-1 rounded-control px-1.5 hover:bg-hover hover:text-ink @max-table:hidden',
          align === 'end' && 'flex-row-reverse',
        )}
      >
        {header}
        <Icon
          aria-hidden
          className={classes(
            'size-3.5',
            !sort.direction && 'opacity-0 group-hover:opacity-60 group-focus-visible:opacity-60',
          )}
        />
      </button>
    </>
  );
}

interface SelectProps {
  readonly selection: Pick<Selection<never>, 'keys' | 'onChange'>;
}

function SelectRow({ rowKey, name, selection: { keys, onChange } }: SelectProps & { rowKey: string; name: string }) {
  const choose = (chosen: boolean) => {
    const next = new Set(keys);
    if (chosen) next.add(rowKey);
    else next.delete(rowKey);
    onChange(next);
  };
  return (
    // The label is what can be pressed: larger than the box, and above the row's link.
    <label className="relative z-1 -m-2 flex w-fit p-2">
      <input
        type="checkbox"
        aria-label={`Choose ${name}`}
        checked={keys.has(rowKey)}
        onChange={(event) => choose(event.target.checked)}
        className="size-4 accent-accent"
      />
    </label>
  );
}

function SelectAll({ keys: all, selection: { keys, onChange } }: SelectProps & { keys: readonly string[] }) {
  const chosen = all.filter((key) => keys.has(key)).length;
  return (
    <label className="-m-2 flex w-fit p-2">
      <input
        type="checkbox"
        aria-label="Choose all"
        ref={(box) => {
          if (box) box.indeterminate = chosen > 0 && chosen < all.length;
        }}
        checked={chosen > 0 && chosen === all.length}
        onChange={(event) => onChange(new Set(event.target.checked ? all : []))}
        className="size-4 accent-accent"
      />
    </label>
  );
}

/** Tells which keys were not there when the list was last drawn; none at its first drawing. */
function useNewKeys(keys: readonly string[]): (key: string) => boolean {
  const before = useRef<ReadonlySet<string> | undefined>(undefined);
  useEffect(() => {
    before.current = new Set(keys);
  });
  const known = before.current;
  return (key) => known !== undefined && !known.has(key);
}

/** The link of a row: the whole row can be pressed, and other controls in it stand above. */
export const rowLinkClasses =
  'font-medium text-ink after:absolute after:inset-0 hover:text-link focus-visible:outline-none focus-visible:after:outline-2 focus-visible:after:-outline-offset-2 focus-visible:after:outline-focus';
