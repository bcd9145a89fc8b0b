import { useCallback, type RefCallback } from 'react';
import { classes } from './classes.ts';
import type { Column, Selection } from './columns.ts';
import { useVirtualRows } from './useVirtualRows.ts';

interface BodyProps<Row> {
  readonly rows: readonly Row[];
  readonly columns: readonly Column<Row>[];
  readonly rowKey: (row: Row) => string;
  readonly selection: Selection<Row> | undefined;
  /** Whether a row was not there when the list was last drawn. */
  readonly isNew: (key: string) => boolean;
}

const bodyClasses = '@max-table:block';

/** All rows. */
export const ShortBody = <Row,>({ rows, ...body }: BodyProps<Row>) => (
  <tbody role="rowgroup" className={bodyClasses}>
    {rows.map((row) => (
      <BodyRow key={body.rowKey(row)} row={row} {...body} />
    ))}
  </tbody>
);

/** In a wide table and as a card, in pixels, before it is drawn. */
const roughHeights = { row: 37, card: 190 };
const cardsBelow = 700;

/** Of a long table, the rows near the window. Everyone is told how many there are, and which of them this is. */
export function LongBody<Row>({ rows, ...body }: BodyProps<Row>) {
  const { rowKey, columns, selection } = body;
  const keyOf = useCallback((index: number) => (rows[index] === undefined ? '' : rowKey(rows[index])), [rows, rowKey]);
  const height = useCallback(() => (window.innerWidth < cardsBelow ? roughHeights.card : roughHeights.row), []);
  const near = useVirtualRows<HTMLTableSectionElement>({ count: rows.length, height, keyOf, overscan: 16 });
  const width = columns.length + (selection ? 1 : 0);
  return (
    <tbody
      role="rowgroup"
      ref={near.list}
      onFocus={near.onFocus}
      onBlur={near.onBlur}
      className={classes(bodyClasses, '[overflow-anchor:none]')}
    >
      {near.rows.flatMap(({ index, key, spaceBefore }) => {
        const row = rows[index];
        if (row === undefined) return [];
        const drawn = <BodyRow key={key} row={row} place={{ index, ref: near.row }} {...body} />;
        return spaceBefore > 0
          ? [<Space key={`before ${key}`} height={spaceBefore} columns={width} />, drawn]
          : [drawn];
      })}
      {near.spaceAfter > 0 && <Space height={near.spaceAfter} columns={width} />}
    </tbody>
  );
}

/** Where rows stand that are not drawn. */
const Space = ({ height, columns }: { height: number; columns: number }) => (
  <tr aria-hidden className="@max-table:block">
    <td colSpan={columns} className="p-0 @max-table:block" style={{ height }} />
  </tr>
);

interface BodyRowProps<Row> extends Omit<BodyProps<Row>, 'rows'> {
  readonly row: Row;
  /** In a long table, of which not all rows are drawn. */
  readonly place?: { readonly index: number; readonly ref: RefCallback<HTMLElement> };
}

function BodyRow<Row>({ row, columns, rowKey, selection, isNew, place }: BodyRowProps<Row>) {
  return (
    <tr
      ref={place?.ref}
      data-index={place?.index}
      // The headings are the first row.
      aria-rowindex={place && place.index + 2}
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
