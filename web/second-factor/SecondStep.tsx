import { Code, ConnectError } from '@connectrpc/connect';
import { useMutation } from '@connectrpc/connect-query';
import { Fingerprint, LifeBuoy } from 'lucide-react';
import { useState } from 'react';
import { AuthService, PasskeyPurpose, type SecondFactorPrompt } from '#proto/muster/v1/auth_pb.js';
import { Button } from '../parts/Button.tsx';
import { TextField } from '../parts/Field.tsx';
import { useForm } from '../parts/useForm.ts';
import { ProblemNote } from '../problems/ProblemNote.tsx';
import { FactorNote } from './FactorNote.tsx';
import { PasskeyPlace, passkeysWorkHere } from './PasskeyPlace.tsx';
import { passkeyProblem } from './passkey-problem.ts';
import { usePasskey } from './usePasskey.ts';

interface SecondStepProps {
  readonly prompt: SecondFactorPrompt;
  /** Where the way in goes on under the address at which passkeys work. */
  readonly path: string;
  readonly onDone: () => Promise<void> | void;
  readonly onRestart: () => void;
}

/** The second step of a sign-in: a passkey, or a recovery code. */
export function SecondStep({ prompt, path, onDone, onRestart }: SecondStepProps) {
  const here = prompt.passkey && passkeysWorkHere(prompt.passkeyOrigin);
  const [byCode, setByCode] = useState(!here && prompt.recoveryCode);
  return (
    <div className="flex flex-col gap-4">
      {prompt.passkey && !here && <PasskeyPlace origin={prompt.passkeyOrigin} path={path} />}
      {byCode ? <ByCode onDone={onDone} /> : here && <ByPasskey onDone={onDone} />}
      <div className="flex flex-wrap gap-2">
        {here && prompt.recoveryCode && (
          <Button look="quiet" icon={byCode ? Fingerprint : LifeBuoy} onClick={() => setByCode(!byCode)}>
            {byCode ? 'Use a passkey instead' : 'Use a recovery code instead'}
          </Button>
        )}
        <Button look="quiet" onClick={onRestart}>
          Start again
        </Button>
      </div>
    </div>
  );
}

/** One answer for every cause: whoever does not hold a good factor learns nothing. */
const doesNotCount = (error: unknown): boolean => error instanceof ConnectError && error.code === Code.Unauthenticated;

function ByPasskey({ onDone }: Pick<SecondStepProps, 'onDone'>) {
  const passkey = usePasskey();
  const complete = useMutation(AuthService.method.completeLogIn);
  const [note, setNote] = useState<string>();
  const form = useForm({
    initial: {},
    submit: async () => {
      setNote(undefined);
      try {
        const value = await passkey(PasskeyPurpose.LOG_IN);
        await complete.mutateAsync({ factor: { case: 'passkeyResponseJson', value } });
      } catch (error) {
        const said = doesNotCount(error)
          ? 'This passkey was not accepted, or the sign-in took longer than 5 minutes. Try again, or start again.'
          : passkeyProblem(error);
        if (said === undefined) throw error;
        return setNote(said);
      }
      await onDone();
    },
  });
  return (
    <form ref={form.ref} onSubmit={form.onSubmit} noValidate className="flex flex-col gap-4">
      {note !== undefined && <FactorNote>{note}</FactorNote>}
      {form.problem && <ProblemNote problem={form.problem} />}
      <Button type="submit" look="primary" icon={Fingerprint} busy={form.busy} autoFocus>
        Use a passkey
      </Button>
    </form>
  );
}

function ByCode({ onDone }: Pick<SecondStepProps, 'onDone'>) {
  const complete = useMutation(AuthService.method.completeLogIn);
  const [wrong, setWrong] = useState<string>();
  const form = useForm({
    initial: { recovery_code: '' },
    check: ({ recovery_code }) => ({
      recovery_code: recovery_code.trim() === '' ? 'Type one of your recovery codes.' : undefined,
    }),
    submit: async ({ recovery_code }) => {
      setWrong(undefined);
      try {
        await complete.mutateAsync({ factor: { case: 'recoveryCode', value: recovery_code.trim() } });
      } catch (error) {
        if (!doesNotCount(error)) throw error;
        return setWrong(
          'This code does not count: each works once, new ones end the old. After 5 minutes, start again.',
        );
      }
      await onDone();
    },
  });
  const field = form.bind('recovery_code');
  return (
    <form ref={form.ref} onSubmit={form.onSubmit} noValidate className="flex flex-col gap-4">
      <TextField
        {...field}
        error={field.error ?? wrong}
        label="Recovery code"
        help="One of the ten that you stored. It works once."
        mono
        autoComplete="one-time-code"
        autoCapitalize="none"
        spellCheck={false}
        maxLength={64}
        autoFocus
      />
      {form.problem && <ProblemNote problem={form.problem} />}
      <Button type="submit" look="primary" busy={form.busy}>
        Sign in
      </Button>
    </form>
  );
}
