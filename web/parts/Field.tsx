import { CircleAlert, Eye, EyeOff } from 'lucide-react';
import { useId, useState, type ComponentProps, type ReactNode } from 'react';
import { classes } from './classes.ts';
import type { FieldBinding } from './useForm.ts';

/** What a field's control must carry, so that label, help and error are read out with it. */
export interface FieldIds {
  readonly id: string;
  readonly 'aria-describedby': string | undefined;
  readonly 'aria-invalid': true | undefined;
}

export interface FieldTexts {
  readonly label: ReactNode;
  readonly help?: ReactNode;
  readonly optional?: boolean;
  readonly error?: string | undefined;
}

/** Label above, control, then the error in words or the help. */
export function Field({
  label,
  help,
  optional,
  error,
  children,
}: FieldTexts & { children: (ids: FieldIds) => ReactNode }) {
  const id = useId();
  const belowId = `${id}-below`;
  const below = error !== undefined || help !== undefined;
  return (
    <div className="flex min-w-0 flex-col gap-1.5">
      <label htmlFor={id} className="text-table font-medium">
        {label}
        {optional === true && <span className="font-normal text-ink-faint"> (optional)</span>}
      </label>
      {children({
        id,
        'aria-describedby': below ? belowId : undefined,
        'aria-invalid': error === undefined ? undefined : true,
      })}
      {error === undefined ? (
        help !== undefined && (
          <div id={belowId} className="text-small text-ink-faint">
            {help}
          </div>
        )
      ) : (
        <div id={belowId} role="alert" className="flex gap-1.5 text-small text-wrong">
          <CircleAlert aria-hidden className="mt-px size-3.5 shrink-0" />
          {error}
        </div>
      )}
    </div>
  );
}

/** How every text control looks. */
export const controlClasses = classes(
  'h-8 w-full min-w-0 rounded-control bg-panel px-2.5 text-body text-ink shadow-control ring-1 ring-field ring-inset transition-shadow',
  'focus:outline-2 focus:-outline-offset-1 focus:outline-focus aria-invalid:ring-wrong-solid aria-invalid:ring-2',
  '[&[readonly]]:bg-sunken [&[readonly]]:text-ink-muted max-md:h-11 max-md:text-touch',
);

type TextFieldProps = FieldTexts &
  FieldBinding<string> &
  Omit<ComponentProps<'input'>, 'value' | 'onChange' | 'name'> & { mono?: boolean };

/** One line of text. */
export function TextField({ label, help, optional, error, value, onChange, mono = false, ...input }: TextFieldProps) {
  return (
    <Field label={label} help={help} optional={optional} error={error}>
      {(ids) => (
        <input
          type="text"
          autoComplete="off"
          {...input}
          {...ids}
          value={value}
          onChange={(event) => onChange(event.target.value)}
          className={classes(controlClasses, mono && 'font-mono')}
        />
      )}
    </Field>
  );
}

/** A password, which can be shown while it is typed. */
export function PasswordField({ label, help, error, value, onChange, ...input }: TextFieldProps) {
  const [shown, setShown] = useState(false);
  const Icon = shown ? EyeOff : Eye;
  return (
    <Field label={label} help={help} error={error}>
      {(ids) => (
        <div className="relative">
          <input
            {...input}
            {...ids}
            type={shown ? 'text' : 'password'}
            value={value}
            onChange={(event) => onChange(event.target.value)}
            className={classes(controlClasses, 'pr-10')}
          />
          <button
            type="button"
            aria-pressed={shown}
            aria-label={shown ? 'Hide what is typed' : 'Show what is typed'}
            onClick={() => setShown(!shown)}
            className="absolute inset-y-0 right-0 flex w-9 items-center justify-center rounded-control text-ink-faint hover:text-ink"
          >
            <Icon aria-hidden className="size-4" />
          </button>
        </div>
      )}
    </Field>
  );
}

type NumberFieldProps = FieldTexts & FieldBinding<number> & { unit?: string; min: number; max: number; step?: number };

/** A number with its unit. */
export function NumberField({ label, help, error, value, onChange, unit, name, min, max, step = 1 }: NumberFieldProps) {
  return (
    <Field label={label} help={help} error={error}>
      {(ids) => (
        <div className="relative">
          <input
            {...ids}
            name={name}
            type="number"
            inputMode="decimal"
            min={min}
            max={max}
            step={step}
            value={Number.isNaN(value) ? '' : value}
            onChange={(event) => onChange(event.target.valueAsNumber)}
            className={classes(controlClasses, unit !== undefined && 'pr-12')}
          />
          {unit !== undefined && (
            <span
              aria-hidden
              className="pointer-events-none absolute inset-y-0 right-2.5 flex items-center text-small text-ink-faint"
            >
              {unit}
            </span>
          )}
        </div>
      )}
    </Field>
  );
}
