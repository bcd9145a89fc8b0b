import { ArrowDown, ArrowUp } from 'lucide-react';
import { useEffect, useRef, type ReactNode } from 'react';
import { classes } from './classes.ts';
import type { Column, Selection } from './columns.ts';
import { LongBody, ShortBody } from './TableBody.tsx';
import { usePrinting } from './usePrinting.ts';

export type { Column, Selection } from './columns.ts';

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

/** Longer tables draw only the rows that are near the window. */
const mostDrawn = 200;

/**
 * A table; on a phone a list of cards with the same facts in the same order. Roles are written out, because a
 * browser drops a table's roles when its display changes.
 */
export function Table<Row>({ label, rows, columns, rowKey, empty, selection }: TableProps<Row>) {
  const printing = usePrinting();
  const isNew = useNewKeys(rows.map(rowKey));
  if (rows.length === 0) return empty;
  const isLong = rows.length > mostDrawn;
  const body = { rows, columns, rowKey, selection, isNew };
  return (
    <div className="@container rounded-panel bg-panel shadow-panel ring-1 ring-line">
      <div className="overflow-x-auto overflow-y-clip rounded-panel">
        <table
          role="table"
          aria-label={label}
          aria-rowcount={isLong ? rows.length + 1 : undefined}
          className="w-full border-collapse text-table @max-table:block"
        >
          <thead role="rowgroup" className="@max-table:sr-only">
            <tr role="row" aria-rowindex={isLong ? 1 : undefined} className="border-b border-line">
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
          {isLong && !printing ? <LongBody {...body} /> : <ShortBody {...body} />}
        </table>
      </div>
    </div>
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

function SelectAll({
  keys: all,
  selection: { keys, onChange },
}: {
  keys: readonly string[];
  selection: Pick<Selection<never>, 'keys' | 'onChange'>;
}) {
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

/** As long as a row slides in: a list may be drawn anew many times meanwhile. */
const slideMs = 200;

/** Tells which keys have just come to the list; none at its first drawing. */
function useNewKeys(keys: readonly string[]): (key: string) => boolean {
  const before = useRef<ReadonlySet<string> | undefined>(undefined);
  const sliding = useRef(new Set<string>());
  useEffect(() => {
    const known = before.current;
    before.current = new Set(keys);
    const come = known ? keys.filter((key) => !known.has(key)) : [];
    if (come.length === 0) return;
    for (const key of come) sliding.current.add(key);
    setTimeout(() => come.forEach((key) => sliding.current.delete(key)), slideMs);
  });
  const known = before.current;
  const moving = sliding.current;
  return (key) => known !== undefined && (!known.has(key) || moving.has(key));
}

/** The link of a row: the whole row can be pressed, and other controls in it stand above. */
export const rowLinkClasses =
  'font-medium text-ink after:absolute after:inset-0 hover:text-link focus-visible:outline-none focus-visible:after:outline-2 focus-visible:after:-outline-offset-2 focus-visible:after:outline-focus';
