import { useMutation } from '@connectrpc/connect-query';
import { useQueryClient } from '@tanstack/react-query';
import { AuthService } from '#proto/muster/v1/auth_pb.js';
import type { User } from '#proto/muster/v1/user_pb.js';
import { AsCommand } from '../commands/AsCommand.tsx';
import { commandLines } from '../commands/command-lines.ts';
import { Button } from '../parts/Button.tsx';
import { Dialog, DialogActions, DialogBody, DialogForm } from '../parts/Dialog.tsx';
import { TextField } from '../parts/Field.tsx';
import { useForm } from '../parts/useForm.ts';
import { ProblemNote } from '../problems/ProblemNote.tsx';
import { useTell } from '../problems/useReport.ts';

/** Takes away the second factor of a user who lost it, with a reason for the audit. */
export function ResetFactorDialog({ user, open, onClose }: { user: User; open: boolean; onClose: () => void }) {
  return (
    <Dialog
      open={open}
      onClose={onClose}
      title={`Reset the second factor of ${user.name}`}
      description="Their passkeys and recovery codes are removed and their sessions end: their password alone signs them in. Make sure first that it is them who ask, not over the mail that an attacker may read."
    >
      <ResetForm user={user} onClose={onClose} />
    </Dialog>
  );
}

function ResetForm({ user, onClose }: { user: User; onClose: () => void }) {
  const reset = useMutation(AuthService.method.resetSecondFactor);
  const queries = useQueryClient();
  const tell = useTell();
  const form = useForm({
    initial: { reason: '' },
    check: ({ reason }) => ({
      reason: reason.trim() === '' ? 'Say why, and how you know that it is them: the audit keeps it.' : undefined,
    }),
    submit: async ({ reason }) => {
      await reset.mutateAsync({ userId: user.id, reason: reason.trim() });
      onClose();
      tell(`${user.name} signs in with the password alone until they add a passkey.`);
      await queries.invalidateQueries();
    },
  });
  return (
    <DialogForm form={form}>
      <DialogBody>
        <TextField
          {...form.bind('reason')}
          label="Reason"
          help="Such as: lost the phone, called back on the known number. The audit keeps it."
          maxLength={500}
        />
        {form.problem && <ProblemNote problem={form.problem} />}
        <AsCommand lines={commandLines.resetSecondFactor(user.id, form.values.reason.trim() || 'REASON')} />
      </DialogBody>
      <DialogActions>
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" look="danger" busy={form.busy}>
          Reset second factor
        </Button>
      </DialogActions>
    </DialogForm>
  );
}
