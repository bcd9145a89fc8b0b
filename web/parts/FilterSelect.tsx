import { classes } from './classes.ts';
import { controlClasses } from './Field.tsx';

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
    <select
      aria-label={label}
      value={value ?? ''}
      onChange={(event) => onChoose(event.target.value || undefined)}
      className={classes(
        controlClasses,
        'w-auto! max-w-56 truncate text-table! max-md:flex-1 max-md:basis-2/5',
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
  );
}
