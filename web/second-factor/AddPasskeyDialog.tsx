import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { Button } from '../parts/Button.tsx';
import { Dialog, DialogActions, DialogBody, DialogForm } from '../parts/Dialog.tsx';
import { useTell } from '../problems/useReport.ts';
import { RecoveryCodes } from './RecoveryCodes.tsx';
import { useAddPasskeyForm } from './useAddPasskeyForm.tsx';

interface AddPasskeyProps {
  readonly open: boolean;
  /** Whether it switches the second factor on. */
  readonly first: boolean;
  /** Where the user's passkeys work; undefined where they have none. */
  readonly passkeyOrigin: string | undefined;
  readonly onClose: () => void;
}

/** Adds a passkey; the first one comes with recovery codes, shown once. */
export function AddPasskeyDialog({ open, first, passkeyOrigin, onClose }: AddPasskeyProps) {
  const [codes, setCodes] = useState<readonly string[]>();
  const close = () => {
    onClose();
    setCodes(undefined);
  };
  return (
    <Dialog
      open={open}
      onClose={close}
      dismissible={codes === undefined}
      title={codes ? 'Your passkey is added' : 'Add a passkey'}
      description={
        codes
          ? 'From now on, signing in takes your password and a passkey. Your other sessions have ended.'
          : first
            ? 'Signing in will take your password and then a passkey: this device, a phone, a security key or a password manager. Your other sessions end.'
            : 'This device, a phone, a security key or a password manager.'
      }
    >
      {codes ? (
        <>
          <DialogBody>
            <RecoveryCodes codes={codes} />
          </DialogBody>
          <DialogActions>
            <Button look="primary" onClick={close}>
              I have stored them
            </Button>
          </DialogActions>
        </>
      ) : (
        <AddPasskey passkeyOrigin={passkeyOrigin} onClose={close} onCodes={setCodes} />
      )}
    </Dialog>
  );
}

function AddPasskey({
  passkeyOrigin,
  onClose,
  onCodes,
}: Pick<AddPasskeyProps, 'passkeyOrigin' | 'onClose'> & { onCodes: (codes: readonly string[]) => void }) {
  const queries = useQueryClient();
  const tell = useTell();
  const { form, fields, submit, confirmation } = useAddPasskeyForm(passkeyOrigin, async (codes) => {
    if (codes.length > 0) onCodes(codes);
    else {
      onClose();
      tell('The passkey is added.');
    }
    await queries.invalidateQueries();
  });
  return (
    <>
      <DialogForm form={form}>
        <DialogBody>{fields}</DialogBody>
        <DialogActions>
          <Button onClick={onClose}>Cancel</Button>
          {submit}
        </DialogActions>
      </DialogForm>
      {confirmation}
    </>
  );
}
