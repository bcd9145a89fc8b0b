import { Fingerprint } from 'lucide-react';
import { useState, type ReactNode } from 'react';
import { describeAgent } from '../account/user-agent.ts';
import { Button } from '../parts/Button.tsx';
import { TextField } from '../parts/Field.tsx';
import { useForm, type FormState } from '../parts/useForm.ts';
import { ProblemNote } from '../problems/ProblemNote.tsx';
import { FactorNote } from './FactorNote.tsx';
import { passkeyProblem } from './passkey-problem.ts';
import { useAddPasskey } from './useAddPasskey.ts';
import { useConfirmation } from './useConfirmation.tsx';

/** What a form that adds a passkey is made of; the page or the dialog around it lays it out. */
export interface AddPasskeyParts {
  readonly form: FormState<{ name: string }>;
  readonly fields: ReactNode;
  readonly submit: ReactNode;
  /** Asks who sits here where that is due. Stands outside of the form. */
  readonly confirmation: ReactNode;
}

/** A form that adds a passkey under a name. `onAdded` gets the recovery codes that come with the first one. */
export function useAddPasskeyForm(
  passkeyOrigin: string | undefined,
  onAdded: (recoveryCodes: readonly string[]) => Promise<void> | void,
): AddPasskeyParts {
  const add = useAddPasskey();
  const { confirmed, dialog } = useConfirmation(passkeyOrigin);
  const [note, setNote] = useState<string>();
  const form = useForm({
    initial: { name: describeAgent(navigator.userAgent) },
    check: ({ name }) => ({ name: name.trim() === '' ? 'Give it a name by which you know it.' : undefined }),
    submit: async ({ name }) => {
      setNote(undefined);
      let codes: readonly string[] | undefined;
      try {
        codes = await confirmed(() => add(name));
      } catch (error) {
        const said = passkeyProblem(error);
        if (said === undefined) throw error;
        return setNote(said);
      }
      if (codes !== undefined) await onAdded(codes);
    },
  });
  return {
    form,
    fields: (
      <>
        <TextField
          {...form.bind('name')}
          label="Name"
          help="By which you tell your passkeys apart: the device, the key or the password manager that holds it."
          maxLength={60}
        />
        {note !== undefined && <FactorNote>{note}</FactorNote>}
        {form.problem && <ProblemNote problem={form.problem} />}
      </>
    ),
    submit: (
      <Button type="submit" look="primary" icon={Fingerprint} busy={form.busy}>
        Add passkey
      </Button>
    ),
    confirmation: dialog,
  };
}
