import { useMutation } from '@connectrpc/connect-query';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { ApprovalOperation, IdentityService, type Approval } from '#proto/muster/v1/identity_pb.js';
import { MintDialog, type Minted } from '../identities/MintDialog.tsx';
import { Button } from '../parts/Button.tsx';
import { DialogActions, DialogBody, DialogForm } from '../parts/Dialog.tsx';
import { useForm } from '../parts/useForm.ts';
import { ProblemNote } from '../problems/ProblemNote.tsx';
import { useTell } from '../problems/useReport.ts';
import { randomId } from '../random-id.ts';
import type { ApprovalDialogProps } from './DecideDialog.tsx';
import { createRequestOf, credentialRequestOf, rotateRequestOf } from './repeat.ts';
import { RequestFacts } from './RequestFacts.tsx';
import { askedFor } from './words.ts';

/** Carries out what was approved, by the call that was asked for; shows the secret that comes of it. */
export function CarryOutDialog({ approval, open, onClose }: ApprovalDialogProps) {
  const [minted, setMinted] = useState<Minted>();
  const close = () => {
    setMinted(undefined);
    onClose();
  };
  return (
    <MintDialog open={open} onClose={close} minted={minted} title={askedFor(approval)}>
      <CarryOutForm approval={approval} onClose={close} onMinted={setMinted} />
    </MintDialog>
  );
}

interface CarryOutFormProps extends Omit<ApprovalDialogProps, 'open'> {
  readonly onMinted: (minted: Minted) => void;
}

function CarryOutForm({ approval, onClose, onMinted }: CarryOutFormProps) {
  const carryOut = useCarryOut();
  const queries = useQueryClient();
  const tell = useTell();
  const form = useForm({
    initial: {},
    submit: async () => {
      const { secret, approval: again } = await carryOut(approval);
      void queries.invalidateQueries();
      if (approval.operation !== ApprovalOperation.RESUME || again) return onMinted({ secret, approval: again });
      tell(`Done: ${askedFor(approval)}.`);
      onClose();
    },
  });
  return (
    <DialogForm form={form}>
      <DialogBody>
        <p className="text-table text-ink-muted">
          {approval.decidedByName} approved exactly this, for one call. Its secret, where there is one, is shown to you
          alone.
        </p>
        <RequestFacts approval={approval} />
        {form.problem && <ProblemNote problem={form.problem} />}
      </DialogBody>
      <DialogActions>
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" look="primary" busy={form.busy}>
          Carry it out
        </Button>
      </DialogActions>
    </DialogForm>
  );
}

/** Repeats the call that a request is about. */
function useCarryOut(): (approval: Approval) => Promise<Minted> {
  const { mutateAsync: create } = useMutation(IdentityService.method.createIdentity);
  const { mutateAsync: addCredential } = useMutation(IdentityService.method.createCredential);
  const { mutateAsync: rotate } = useMutation(IdentityService.method.rotateCredential);
  const { mutateAsync: resume } = useMutation(IdentityService.method.resumeIdentity);
  // An approval is for one call: repeated because its answer was lost, it asks for nothing new.
  const [requestId] = useState(randomId);
  return async ({ operation, requestJson, identityId }) => {
    switch (operation) {
      case ApprovalOperation.CREATE:
        return create({ ...createRequestOf(requestJson), requestId });
      case ApprovalOperation.CREATE_CREDENTIAL:
        return addCredential({ ...credentialRequestOf(requestJson), requestId });
      case ApprovalOperation.ROTATE:
        return rotate(rotateRequestOf(requestJson));
      default:
        return { secret: '', approval: (await resume({ identityId })).approval };
    }
  };
}
