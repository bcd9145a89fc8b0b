import type { ReactNode } from 'react';
import type { FieldBinding } from './useForm.ts';

/** One thing that is so or not. */
export function CheckField({
  label,
  help,
  name,
  value,
  onChange,
}: Omit<FieldBinding<boolean>, 'error'> & { label: string; help?: ReactNode }) {
  return (
    <label className="flex gap-2.5 text-table">
      <input
        type="checkbox"
        name={name}
        checked={value}
        onChange={(event) => onChange(event.target.checked)}
        className="mt-0.5 size-4 shrink-0 accent-accent"
      />
      <span>
        {label}
        {help !== undefined && <span className="block text-small text-ink-faint">{help}</span>}
      </span>
    </label>
  );
}
