import { defaultRangeExtractor, useWindowVirtualizer, type Range } from '@tanstack/react-virtual';
import {
  useCallback,
  useLayoutEffect,
  useRef,
  useState,
  type FocusEvent,
  type RefCallback,
  type RefObject,
} from 'react';

interface VirtualRowsOptions {
  readonly count: number;
  /** Roughly how high a row is, in pixels, before it is drawn. */
  readonly height: (index: number) => number;
  /** Changes when the rows do. */
  readonly keyOf: (index: number) => string;
  /** Between two rows, in pixels. */
  readonly gap?: number;
  /** So many rows above and below the window are drawn, too: few where rows are high. */
  readonly overscan: number;
}

/** A row that is drawn, and how much room to leave between it and the drawn one before it. */
export interface DrawnRow {
  readonly index: number;
  readonly key: string;
  readonly spaceBefore: number;
}

interface VirtualRows<List extends HTMLElement> {
  readonly rows: readonly DrawnRow[];
  readonly spaceAfter: number;
  /** For the element that holds the rows: where they begin on the page. */
  readonly list: RefObject<List | null>;
  /** For each row, with its index as `data-index`. */
  readonly row: RefCallback<HTMLElement>;
  /** For the same element as `list`: the row that has the keyboard stays, wherever one scrolls. */
  readonly onFocus: (event: FocusEvent) => void;
  readonly onBlur: () => void;
}

/**
 * Of very many rows, those that are near the window: the document stays small, however long the list is. What a browser
 * finds on a page by itself is only what is drawn; the page's own search knows all.
 */
export function useVirtualRows<List extends HTMLElement>(options: VirtualRowsOptions): VirtualRows<List> {
  const { count, height, keyOf, gap = 0, overscan } = options;
  const list = useRef<List>(null);
  const top = useTop(list);
  const focused = useRef<number | undefined>(undefined);
  const rangeExtractor = useCallback((range: Range) => {
    const near = defaultRangeExtractor(range);
    const kept = focused.current;
    if (kept === undefined || kept >= range.count || near.includes(kept)) return near;
    return [...near, kept].sort((one, other) => one - other);
  }, []);
  // oxlint-disable-next-line react/incompatible-library -- no compiler memoises what this answers
  const virtualizer = useWindowVirtualizer({
    count,
    estimateSize: height,
    getItemKey: keyOf,
    gap,
    overscan,
    scrollMargin: top,
    rangeExtractor,
  });
  const items = virtualizer.getVirtualItems();
  return {
    rows: items.map(({ index, key, start }, at) => ({
      index,
      key: String(key),
      spaceBefore: start - (items[at - 1]?.end ?? top),
    })),
    spaceAfter: Math.max(0, virtualizer.getTotalSize() + top - (items.at(-1)?.end ?? top)),
    list,
    row: virtualizer.measureElement,
    onFocus: ({ target }) => {
      const index = target.closest<HTMLElement>('[data-index]')?.dataset['index'];
      focused.current = index === undefined ? undefined : Number(index);
    },
    onBlur: () => (focused.current = undefined),
  };
}

/** How far below the beginning of the page an element stands; what is above it may grow. */
function useTop(element: RefObject<HTMLElement | null>): number {
  const [top, setTop] = useState(0);
  useLayoutEffect(() => {
    const measure = () => {
      if (element.current) setTop(Math.round(element.current.getBoundingClientRect().top + window.scrollY));
    };
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(document.body);
    return () => observer.disconnect();
  }, [element]);
  return top;
}
