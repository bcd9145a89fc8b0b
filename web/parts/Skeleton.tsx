import { Panel } from './Page.tsx';

const widths = ['w-3/5', 'w-2/5', 'w-1/2', 'w-1/3', 'w-3/4'];

/** A grey bar where a text will stand. */
export function Line({ className = 'w-1/2' }: { className?: string }) {
  return <span className={`block h-3 animate-shimmer rounded-tag bg-unknown-soft ${className}`} />;
}

/** The shape of a table that is loading. Appears only when loading takes noticeably long. */
export function TableSkeleton({ rows = 6, columns = 5 }: { rows?: number; columns?: number }) {
  return (
    <div role="status" aria-label="Loading" className="animate-appear">
      <Panel>
        <div className="h-9 border-b border-line" />
        {Array.from({ length: rows }, (_, row) => (
          <div key={row} className="flex h-9 items-center gap-6 border-line px-4 not-last:border-b max-md:h-20">
            {Array.from({ length: columns }, (_, column) => (
              <div key={column} className="flex-1 max-md:not-first:hidden">
                <Line className={widths[(row * 2 + column * 3) % widths.length]} />
              </div>
            ))}
          </div>
        ))}
      </Panel>
    </div>
  );
}

/** The shape of a page about one thing. */
export function DetailSkeleton() {
  return (
    <div role="status" aria-label="Loading" className="grid animate-appear gap-6 lg:grid-cols-[1fr_20rem]">
      <Panel className="h-72" />
      <Panel className="flex flex-col gap-4 p-4">
        {widths.map((width) => (
          <Line key={width} className={width} />
        ))}
      </Panel>
    </div>
  );
}
