import { useEffect } from 'react';
import { SettingKind, type Setting } from '#proto/muster/v1/settings_pb.js';
import { Button } from '../parts/Button.tsx';
import { PasswordField, TextField } from '../parts/Field.tsx';
import { useForm } from '../parts/useForm.ts';
import { ProblemNote } from '../problems/ProblemNote.tsx';

interface SettingFormProps {
  readonly setting: Setting;
  /** Somebody asked for it: the field takes the focus. */
  readonly focused: boolean;
  readonly onSave: (value: string) => Promise<void>;
  readonly onCancel: (() => void) | undefined;
}

const inputs: Partial<Record<SettingKind, { type: string; inputMode?: 'email' | 'url' | 'numeric' }>> = {
  [SettingKind.EMAIL]: { type: 'email', inputMode: 'email' },
  [SettingKind.URL]: { type: 'url', inputMode: 'url' },
  [SettingKind.PORT]: { type: 'text', inputMode: 'numeric' },
};

/** Enters one setting. What stands in the field of a secret is what is typed now, never what is kept. */
export function SettingForm({ setting, focused, onSave, onCancel }: SettingFormProps) {
  const { label, help, kind, placeholder, state } = setting;
  const initial = state.case === 'plain' ? state.value.value : '';
  const form = useForm({
    initial: { value: initial },
    check: ({ value }) => (value.trim() === '' ? { value: `Enter ${label}.` } : {}),
    submit: ({ value }) => onSave(value),
  });
  const { ref } = form;
  useEffect(() => {
    if (focused) ref.current?.querySelector('input')?.focus();
  }, [focused, ref]);
  const texts = { label, help, placeholder, ...form.bind('value') };
  return (
    <form
      ref={form.ref}
      onSubmit={form.onSubmit}
      noValidate
      className="flex flex-col gap-2"
      onKeyDown={(event) => event.key === 'Escape' && onCancel?.()}
    >
      {kind === SettingKind.SECRET ? (
        <PasswordField {...texts} name={setting.name} autoComplete="off" spellCheck={false} data-1p-ignore />
      ) : (
        <TextField {...texts} {...inputs[kind]} name={setting.name} spellCheck={false} />
      )}
      {form.problem && <ProblemNote problem={form.problem} />}
      <div className="flex flex-wrap gap-2">
        <Button type="submit" look={form.values.value === initial ? 'secondary' : 'primary'} small busy={form.busy}>
          Save<span className="sr-only"> {label}</span>
        </Button>
        {onCancel && (
          <Button small look="quiet" onClick={onCancel}>
            Cancel
          </Button>
        )}
      </div>
    </form>
  );
}
