import { classes } from './classes.ts';
import { controlClasses, Field, type FieldTexts } from './Field.tsx';
import type { FieldBinding } from './useForm.ts';

/** Several lines, such as a key, as they stand in a file. */
export function TextAreaField({ label, help, error, name, value, onChange }: FieldTexts & FieldBinding<string>) {
  return (
    <Field label={label} help={help} error={error}>
      {(ids) => (
        <textarea
          {...ids}
          name={name}
          rows={5}
          value={value}
          autoComplete="off"
          spellCheck={false}
          onChange={(event) => onChange(event.target.value)}
          className={classes(controlClasses, 'h-auto! py-1.5 font-mono text-code')}
        />
      )}
    </Field>
  );
}
