import { useMutation } from '@connectrpc/connect-query';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { IdentityService } from '#proto/muster/v1/identity_pb.js';
import { AsCommand } from '../commands/AsCommand.tsx';
import { commandLines } from '../commands/command-lines.ts';
import { daysOf, lifetimes, overlaps, usualLifetimeDays, usualOverlapSeconds } from '../credentials/expiry.ts';
import { Button } from '../parts/Button.tsx';
import { DialogActions, DialogBody, DialogForm } from '../parts/Dialog.tsx';
import { SelectField } from '../parts/SelectField.tsx';
import { useForm } from '../parts/useForm.ts';
import { ProblemNote } from '../problems/ProblemNote.tsx';
import { durationOf } from '../time/duration.ts';
import type { IdentityDialogProps } from './dialog.ts';
import { MintDialog, type Minted } from './MintDialog.tsx';

interface RotateProps extends IdentityDialogProps {
  /** Empty for the only one that is active. */
  readonly credentialId: string;
}

/** Replaces a credential by a new one. */
export function RotateCredentialDialog({ identity, credentialId, open, onClose }: RotateProps) {
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
      title={credentialId === '' ? `Rotate the credential of ${identity.name}` : `Rotate mst_mid_${credentialId}_…`}
      description="It is replaced by a new one, with a lifetime of its own."
    >
      <RotateForm identity={identity} credentialId={credentialId} onClose={close} onMinted={setMinted} />
    </MintDialog>
  );
}

interface RotateFormProps extends Omit<RotateProps, 'open'> {
  readonly onMinted: (minted: Minted) => void;
}

function RotateForm({ identity, credentialId, onClose, onMinted }: RotateFormProps) {
  const { mutateAsync: rotate } = useMutation(IdentityService.method.rotateCredential);
  const queries = useQueryClient();
  const form = useForm<{ overlap: number; lifetime: number }>({
    initial: { overlap: usualOverlapSeconds, lifetime: usualLifetimeDays },
    submit: async ({ overlap, lifetime }) => {
      const { secret, approval } = await rotate({
        identityId: identity.id,
        credentialId,
        overlap: durationOf(overlap),
        lifetime: daysOf(lifetime),
      });
      onMinted({ secret, approval });
      void queries.invalidateQueries();
    },
  });
  const { overlap, lifetime } = form.values;
  return (
    <DialogForm form={form}>
      <DialogBody>
        <SelectField
          {...form.bind('overlap')}
          label="The old one works on for"
          help="Long enough to put the new one wherever the old one is."
          choices={overlaps}
        />
        <SelectField {...form.bind('lifetime')} label="Lifetime of the new one" choices={lifetimes} />
        {form.problem && <ProblemNote problem={form.problem} />}
        <AsCommand lines={commandLines.rotateCredential(identity.id, credentialId, overlap, lifetime * 86_400)} />
      </DialogBody>
      <DialogActions>
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" look="primary" busy={form.busy}>
          Rotate credential
        </Button>
      </DialogActions>
    </DialogForm>
  );
}
