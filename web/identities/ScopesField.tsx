import { CircleAlert } from 'lucide-react';
import { useId } from 'react';
import type { IdentityScope } from '#proto/muster/v1/identity_pb.js';
import { CheckField } from '../parts/CheckField.tsx';
import type { FieldBinding } from '../parts/useForm.ts';
import { scopeChoices, scopeTitles } from './words.ts';

/** What an identity is confined to. */
export function ScopesField({ value, onChange, error }: FieldBinding<readonly IdentityScope[]>) {
  const errorId = useId();
  return (
    <fieldset aria-describedby={error === undefined ? undefined : errorId} className="flex min-w-0 flex-col gap-2">
      <legend className="mb-1.5 text-table font-medium">Scopes</legend>
      {scopeChoices.map((choice) => (
        <CheckField
          key={choice.value}
          name="scopes"
          label={scopeTitles[choice.value]}
          help={choice.help}
          value={value.includes(choice.value)}
          onChange={(on) => onChange(on ? [...value, choice.value] : value.filter((other) => other !== choice.value))}
        />
      ))}
      {error !== undefined && (
        <p id={errorId} role="alert" className="flex gap-1.5 text-small text-wrong">
          <CircleAlert aria-hidden className="mt-px size-3.5 shrink-0" />
          {error}
        </p>
      )}
    </fieldset>
  );
}
