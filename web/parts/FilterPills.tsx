import { classes } from './classes.ts';
import { solid, type Tone } from './Status.tsx';

export interface FilterPill<Value> {
  readonly value: Value;
  readonly word: string;
  /** How many there are; nothing where that says nothing. */
  readonly count?: number;
  readonly tone?: Tone;
}

interface FilterPillsProps<Value> {
  readonly label: string;
  readonly pills: readonly FilterPill<Value>[];
  /** Undefined for all. */
  readonly chosen: Value | undefined;
  readonly onChoose: (value: Value | undefined) => void;
}

/** Counts by state that filter when pressed; pressing the chosen one again shows all. */
export function FilterPills<Value extends string>({ label, pills, chosen, onChoose }: FilterPillsProps<Value>) {
  return (
    <div role="group" aria-label={label} className="flex flex-wrap gap-1.5">
      {pills.map(({ value, word, count, tone }) => (
        <button
          key={value}
          type="button"
          aria-pressed={chosen === value}
          onClick={() => onChoose(chosen === value ? undefined : value)}
          className={classes(
            'inline-flex h-8 items-center gap-2 rounded-control px-2.5 text-table ring-1 ring-line ring-inset transition-colors hover:bg-hover max-md:h-10',
            'aria-pressed:bg-accent-soft aria-pressed:font-medium aria-pressed:ring-2 aria-pressed:ring-accent',
          )}
        >
          {tone && <span aria-hidden className={classes('size-2 rounded-full', solid[tone])} />}
          {word}
          {count !== undefined && <span className="text-ink-faint">{count}</span>}
        </button>
      ))}
    </div>
  );
}
