import { useMutation } from '@connectrpc/connect-query';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { IdentityService, type Identity } from '#proto/muster/v1/identity_pb.js';
import { AsCommand } from '../commands/AsCommand.tsx';
import { commandLines } from '../commands/command-lines.ts';
import { daysOf, lifetimes, usualLifetimeDays } from '../credentials/expiry.ts';
import { Button } from '../parts/Button.tsx';
import { DialogActions, DialogBody, DialogForm } from '../parts/Dialog.tsx';
import { SelectField } from '../parts/SelectField.tsx';
import { useForm } from '../parts/useForm.ts';
import { ProblemNote } from '../problems/ProblemNote.tsx';
import { randomId } from '../random-id.ts';
import type { IdentityDialogProps } from './dialog.ts';
import { MintDialog, type Minted } from './MintDialog.tsx';

/** Gives an identity one more credential. */
export function AddCredentialDialog({ identity, open, onClose }: IdentityDialogProps) {
  const [minted, setMinted] = useState<Minted>();
  const close = () => {
    setMinted(undefined);
    onClose();
  };
  return (
    <MintDialog
      open={open}
      onClose={close}
      minted={minted}
      title={`New credential of ${identity.name}`}
      description="Those that it has go on working."
    >
      <CredentialForm identity={identity} onClose={close} onMinted={setMinted} />
    </MintDialog>
  );
}

interface CredentialFormProps {
  readonly identity: Identity;
  readonly onClose: () => void;
  readonly onMinted: (minted: Minted) => void;
}

function CredentialForm({ identity, onClose, onMinted }: CredentialFormProps) {
  const { mutateAsync: add } = useMutation(IdentityService.method.createCredential);
  const queries = useQueryClient();
  // A call that is repeated because its answer was lost makes no second credential.
  const [requestId] = useState(randomId);
  const form = useForm<{ lifetime: number }>({
    initial: { lifetime: usualLifetimeDays },
    submit: async ({ lifetime }) => {
      const { secret, approval } = await add({ identityId: identity.id, lifetime: daysOf(lifetime), requestId });
      onMinted({ secret, approval });
      void queries.invalidateQueries();
    },
  });
  return (
    <DialogForm form={form}>
      <DialogBody>
        <SelectField {...form.bind('lifetime')} label="Lifetime" choices={lifetimes} />
        {form.problem && <ProblemNote problem={form.problem} />}
        <AsCommand lines={commandLines.createCredential(identity.id, form.values.lifetime * 86_400)} />
      </DialogBody>
      <DialogActions>
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" look="primary" busy={form.busy}>
          Make credential
        </Button>
      </DialogActions>
    </DialogForm>
  );
}
