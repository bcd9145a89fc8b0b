import { ChevronDown } from 'lucide-react';
import { classes } from './classes.ts';

interface FilterSelectProps {
  readonly label: string;
  /** What it says where nothing is chosen. */
  readonly all: string;
  readonly options: readonly { readonly value: string; readonly word: string }[];
  readonly value: string | undefined;
  readonly onChoose: (value: string | undefined) => void;
}

/** Narrows a list by one of many. The chosen one is there also where nothing has it any more. */
export function FilterSelect({ label, all, options, value, onChoose }: FilterSelectProps) {
  const known = value === undefined || options.some((option) => option.value === value);
  const shown = known ? options : [...options, { value, word: value }];
  return (
    <span className="relative inline-flex min-w-0 max-md:flex-1 md:shrink-0 max-md:basis-2/5">
      <select
        aria-label={label}
        value={value ?? ''}
        onChange={(event) => onChoose(event.target.value || undefined)}
        className={classes(
          'h-8 w-full max-w-56 min-w-0 appearance-none truncate rounded-control bg-transparent pr-7 pl-2.5 text-table text-ink ring-1 ring-line ring-inset transition-colors hover:bg-hover max-md:h-10 max-md:max-w-none',
          value !== undefined && 'bg-accent-soft! font-medium ring-2! ring-accent!',
        )}
      >
        <option value="">{all}</option>
        {shown.map((option) => (
          <option key={option.value} value={option.value}>
            {option.word}
          </option>
        ))}
      </select>
      <ChevronDown
        aria-hidden
        className="pointer-events-none absolute inset-y-0 right-2 my-auto size-3.5 text-ink-faint"
      />
    </span>
  );
}
