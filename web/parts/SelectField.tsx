import { Select } from '@base-ui/react/select';
import { Check, ChevronDown } from 'lucide-react';
import { classes } from './classes.ts';
import { controlClasses, Field, type FieldTexts } from './Field.tsx';
import type { FieldBinding } from './useForm.ts';

export interface Choice<Value> {
  readonly value: Value;
  readonly label: string;
}

type SelectFieldProps<Value> = FieldTexts & FieldBinding<Value> & { choices: readonly Choice<Value>[] };

/** One of a few. */
export function SelectField<Value extends string | number>({
  label,
  help,
  error,
  name,
  value,
  onChange,
  choices,
}: SelectFieldProps<Value>) {
  return (
    <Field label={label} help={help} error={error}>
      {(ids) => (
        <Select.Root
          items={choices}
          name={name}
          value={value}
          onValueChange={(next) => next !== null && onChange(next)}
        >
          <Select.Trigger
            {...ids}
            className={classes(controlClasses, 'flex items-center justify-between gap-2 text-left')}
          >
            <Select.Value className="truncate" />
            <Select.Icon>
              <ChevronDown aria-hidden className="size-4 text-ink-faint" />
            </Select.Icon>
          </Select.Trigger>
          <SelectList choices={choices} />
        </Select.Root>
      )}
    </Field>
  );
}

function SelectList<Value extends string | number>({ choices }: { choices: readonly Choice<Value>[] }) {
  return (
    <Select.Portal>
      <Select.Positioner sideOffset={4} alignItemWithTrigger={false} className="z-50 outline-none">
        <Select.Popup className="min-w-(--anchor-width) rounded-panel bg-raised p-1 shadow-popup transition-opacity data-ending-style:opacity-0 data-starting-style:opacity-0">
          <Select.List className="max-h-(--available-height) overflow-y-auto">
            {choices.map((choice) => (
              <Select.Item
                key={choice.value}
                value={choice.value}
                className="flex h-8 items-center gap-2 rounded-control pr-3 pl-2 text-table outline-none data-highlighted:bg-hover max-md:h-10"
              >
                <span className="w-4">
                  <Select.ItemIndicator>
                    <Check aria-hidden className="size-4 text-link" />
                  </Select.ItemIndicator>
                </span>
                <Select.ItemText>{choice.label}</Select.ItemText>
              </Select.Item>
            ))}
          </Select.List>
        </Select.Popup>
      </Select.Positioner>
    </Select.Portal>
  );
}
