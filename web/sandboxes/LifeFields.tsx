import { SelectField } from '../parts/SelectField.tsx';
import type { FormState } from '../parts/useForm.ts';
import type { NewSandbox } from './create-form.ts';
import { expiryChoices } from './expiry.ts';
import { lifetimes, never } from './lifetimes.ts';
import { useTeamUsage } from './QuotaPreview.tsx';

const renewals = [
  { value: 0, label: 'Nothing changes' },
  { value: 900, label: 'It lives 15 minutes more' },
  { value: 3600, label: 'It lives an hour more' },
  { value: 4 * 3600, label: 'It lives 4 hours more' },
  { value: 24 * 3600, label: 'It lives a day more' },
];

/** How long a sandbox lives, what becomes of it then, and what its use does to that. */
export function LifeFields({ form }: { form: FormState<NewSandbox> }) {
  const { quota } = useTeamUsage();
  const mayBeEndless = quota?.noExpiry === true;
  const ends = form.values.timeout !== never;
  return (
    <div className="grid gap-4 sm:grid-cols-3">
      <SelectField
        {...form.bind('timeout')}
        label="Lifetime"
        choices={mayBeEndless ? [...lifetimes, { value: never, label: 'Without an end' }] : lifetimes}
        help={mayBeEndless || quota === undefined ? undefined : 'Your team’s quota asks for an end.'}
      />
      {ends && (
        <>
          <SelectField {...form.bind('on_expiry')} label="At its end" choices={expiryChoices} />
          <SelectField {...form.bind('auto_renew')} label="When it is used" choices={renewals} />
        </>
      )}
    </div>
  );
}
