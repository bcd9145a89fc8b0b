import { Search } from 'lucide-react';
import { classes } from './classes.ts';
import { controlClasses } from './Field.tsx';

/** Narrows a list as one types. */
export function SearchField({
  label,
  value,
  onChange,
}: {
  label: string;
  value: string;
  onChange: (value: string) => void;
}) {
  return (
    <div className="relative w-full md:max-w-64">
      <Search aria-hidden className="pointer-events-none absolute inset-y-0 left-2.5 my-auto size-4 text-ink-faint" />
      <input
        type="search"
        aria-label={label}
        placeholder={label}
        value={value}
        onChange={(event) => onChange(event.target.value)}
        autoComplete="off"
        spellCheck={false}
        className={classes(controlClasses, 'pl-8')}
      />
    </div>
  );
}
