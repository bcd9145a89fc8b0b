import { useMutation } from '@connectrpc/connect-query';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { IdentityEnvironment, IdentityService, type Approval } from '#proto/muster/v1/identity_pb.js';
import { Waiting } from '../approvals/Waiting.tsx';
import { AsCommand } from '../commands/AsCommand.tsx';
import { commandLines } from '../commands/command-lines.ts';
import { Button } from '../parts/Button.tsx';
import { Dialog, DialogActions, DialogBody, DialogForm } from '../parts/Dialog.tsx';
import { useForm } from '../parts/useForm.ts';
import { ProblemNote } from '../problems/ProblemNote.tsx';
import { useTell } from '../problems/useReport.ts';
import type { IdentityDialogProps } from './dialog.ts';

/** Lets a paused identity work again; for production once a second person agrees. */
export function ResumeDialog({ identity, open, onClose }: IdentityDialogProps) {
  const [waiting, setWaiting] = useState<Approval>();
  const close = () => {
    setWaiting(undefined);
    onClose();
  };
  return (
    <Dialog open={open} onClose={close} title={`Resume ${identity.name}`}>
      {waiting ? (
        <Waiting approval={waiting} onClose={close} />
      ) : (
        <ResumeForm identity={identity} onClose={close} onWaiting={setWaiting} />
      )}
    </Dialog>
  );
}

interface ResumeFormProps extends Omit<IdentityDialogProps, 'open'> {
  readonly onWaiting: (approval: Approval) => void;
}

function ResumeForm({ identity, onClose, onWaiting }: ResumeFormProps) {
  const resume = useMutation(IdentityService.method.resumeIdentity);
  const queries = useQueryClient();
  const tell = useTell();
  const form = useForm({
    initial: {},
    submit: async () => {
      const { approval } = await resume.mutateAsync({ identityId: identity.id });
      void queries.invalidateQueries();
      if (approval) return onWaiting(approval);
      tell(`${identity.name} works again.`);
      onClose();
    },
  });
  return (
    <DialogForm form={form}>
      <DialogBody>
        <p className="text-table text-ink-muted">
          Its credentials that have not ended work again at once.
          {identity.orphaned &&
            ` It works by your rights from then on, because ${identity.makerName} has no role here.`}
          {identity.environment === IdentityEnvironment.PRODUCTION && ' A second person has to approve it first.'}
        </p>
        {form.problem && <ProblemNote problem={form.problem} />}
        <AsCommand lines={commandLines.resumeIdentity(identity.id)} />
      </DialogBody>
      <DialogActions>
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" look="primary" busy={form.busy}>
          Resume {identity.name}
        </Button>
      </DialogActions>
    </DialogForm>
  );
}
