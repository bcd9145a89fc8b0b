import type { ReactNode } from 'react';

export interface Fact {
  readonly term: string;
  readonly value: ReactNode;
}

/** Terms with their values, one under the other. A fact without a value is left out. */
export function Facts({ facts }: { facts: readonly (Fact | false | undefined)[] }) {
  return (
    <dl className="grid grid-cols-[minmax(6.5rem,auto)_1fr] gap-x-4 gap-y-2 px-4 py-3.5 text-table">
      {facts.map(
        (fact) =>
          fact && (
            <div key={fact.term} className="col-span-2 grid grid-cols-subgrid items-baseline">
              <dt className="text-ink-faint">{fact.term}</dt>
              <dd className="min-w-0 wrap-anywhere">{fact.value}</dd>
            </div>
          ),
      )}
    </dl>
  );
}

/** Key-value pairs as small tags. */
export function Tags({ pairs, none = '–' }: { pairs: Readonly<Record<string, string>>; none?: ReactNode }) {
  const entries = Object.entries(pairs).sort(([a], [b]) => a.localeCompare(b));
  if (entries.length === 0) return <span className="text-ink-faint">{none}</span>;
  return (
    <ul className="flex flex-wrap gap-1">
      {entries.map(([key, value]) => (
        <li key={key} className="max-w-full truncate rounded-tag bg-unknown-soft px-1.5 text-small text-ink-muted">
          {key}
          {value !== '' && (
            <>
              <span className="text-ink-faint">=</span>
              <span className="text-ink">{value}</span>
            </>
          )}
        </li>
      ))}
    </ul>
  );
}
