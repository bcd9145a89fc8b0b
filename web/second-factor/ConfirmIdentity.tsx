import { Code, ConnectError } from '@connectrpc/connect';
import { useMutation } from '@connectrpc/connect-query';
import { Fingerprint } from 'lucide-react';
import { useState } from 'react';
import { AuthService, PasskeyPurpose } from '#proto/muster/v1/auth_pb.js';
import { Button } from '../parts/Button.tsx';
import { Dialog, DialogActions, DialogBody, DialogForm } from '../parts/Dialog.tsx';
import { PasswordField } from '../parts/Field.tsx';
import { useForm } from '../parts/useForm.ts';
import { ProblemNote } from '../problems/ProblemNote.tsx';
import { useReport } from '../problems/useReport.ts';
import { passkeysWorkHere } from './PasskeyPlace.tsx';
import { passkeyProblem } from './passkey-problem.ts';
import { usePasskey } from './usePasskey.ts';

interface ConfirmIdentityProps {
  readonly open: boolean;
  /** Where the user's passkeys work; undefined where they have none. */
  readonly passkeyOrigin: string | undefined;
  readonly onConfirmed: () => void;
  readonly onClose: () => void;
}

/** Asks who sits here before what changes who can sign in. */
export function ConfirmIdentity(props: ConfirmIdentityProps) {
  return (
    <Dialog
      open={props.open}
      onClose={props.onClose}
      title="Confirm that it is you"
      description="This changes how your account is signed in to. It is asked once in 5 minutes."
    >
      <ConfirmForm {...props} />
    </Dialog>
  );
}

const isWrong = (error: unknown): boolean => error instanceof ConnectError && error.code === Code.Unauthenticated;

function ConfirmForm({ passkeyOrigin, onConfirmed, onClose }: ConfirmIdentityProps) {
  const confirm = useMutation(AuthService.method.confirmCaller);
  const [wrong, setWrong] = useState<string>();
  const form = useForm({
    initial: { password: '' },
    check: ({ password }) => ({ password: password === '' ? 'Type your password.' : undefined }),
    submit: async ({ password }) => {
      setWrong(undefined);
      try {
        await confirm.mutateAsync({ proof: { case: 'password', value: password } });
      } catch (error) {
        if (!isWrong(error)) throw error;
        return setWrong('This is not your password.');
      }
      onConfirmed();
    },
  });
  const field = form.bind('password');
  return (
    <DialogForm form={form}>
      <DialogBody>
        <PasswordField
          {...field}
          error={field.error ?? wrong}
          label="Your password"
          autoComplete="current-password"
          autoFocus
        />
        {form.problem && <ProblemNote problem={form.problem} />}
      </DialogBody>
      <DialogActions
        aside={
          passkeyOrigin !== undefined &&
          passkeysWorkHere(passkeyOrigin) && <ByPasskey onConfirmed={onConfirmed} onWrong={setWrong} />
        }
      >
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" look="primary" busy={form.busy}>
          Confirm
        </Button>
      </DialogActions>
    </DialogForm>
  );
}

function ByPasskey({ onConfirmed, onWrong }: { onConfirmed: () => void; onWrong: (sentence: string) => void }) {
  const passkey = usePasskey();
  const confirm = useMutation(AuthService.method.confirmCaller);
  const report = useReport();
  const [busy, setBusy] = useState(false);
  const use = async () => {
    setBusy(true);
    try {
      const value = await passkey(PasskeyPurpose.CONFIRM);
      await confirm.mutateAsync({ proof: { case: 'passkeyResponseJson', value } });
      onConfirmed();
    } catch (error) {
      const said = isWrong(error) ? 'This passkey was not accepted.' : passkeyProblem(error);
      if (said === undefined) report(error);
      else onWrong(said);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Button icon={Fingerprint} busy={busy} onClick={() => void use()}>
      Use a passkey
    </Button>
  );
}
