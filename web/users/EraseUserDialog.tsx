import { useMutation } from '@connectrpc/connect-query';
import { useQueryClient } from '@tanstack/react-query';
import { UserService, type User } from '#proto/muster/v1/user_pb.js';
import { AsCommand } from '../commands/AsCommand.tsx';
import { commandLines } from '../commands/command-lines.ts';
import { Button } from '../parts/Button.tsx';
import { CopyText } from '../parts/Copy.tsx';
import { Dialog, DialogActions, DialogBody, DialogForm } from '../parts/Dialog.tsx';
import { TextField } from '../parts/Field.tsx';
import { useForm } from '../parts/useForm.ts';
import { ProblemNote } from '../problems/ProblemNote.tsx';
import { useTell } from '../problems/useReport.ts';
import { erasedSentence } from './sentence.ts';

/** Erases a person for good: their name is typed, and the audit gets a reason. */
export function EraseUserDialog({ user, open, onClose }: { user: User; open: boolean; onClose: () => void }) {
  return (
    <Dialog
      open={open}
      onClose={onClose}
      title={`Erase ${user.name}`}
      description="Their account, sessions and passkeys go, and what names them is replaced, in the audit too: it still says what was done and when, by an id. Teams that have nobody else are deleted with their sandboxes. It cannot be undone: to keep somebody out, lock them out."
    >
      <EraseForm user={user} onClose={onClose} />
    </Dialog>
  );
}

function EraseForm({ user, onClose }: { user: User; onClose: () => void }) {
  const erase = useMutation(UserService.method.eraseUser);
  const queries = useQueryClient();
  const tell = useTell();
  const form = useForm({
    initial: { confirmName: '', reason: '' },
    check: ({ confirmName, reason }) => ({
      confirmName: confirmName.trim() === user.name ? undefined : `This is not “${user.name}”. Type it exactly.`,
      reason: reason.trim() === '' ? 'Say why: the audit keeps it.' : undefined,
    }),
    submit: async ({ reason }) => {
      const erased = await erase.mutateAsync({ userId: user.id, confirmName: user.name, reason: reason.trim() });
      onClose();
      tell(erasedSentence(erased));
      await queries.invalidateQueries();
    },
  });
  return (
    <DialogForm form={form}>
      <DialogBody>
        <TextField
          {...form.bind('reason')}
          label="Reason"
          help="Such as: asked for it by letter. The audit keeps it, so do not name them."
          maxLength={500}
        />
        <TextField
          {...form.bind('confirmName')}
          label="Type the name to confirm"
          help={
            <>
              The name is <CopyText text={user.name} label="the name" className="text-small" />
            </>
          }
          mono
          spellCheck={false}
        />
        {form.problem && <ProblemNote problem={form.problem} />}
        <AsCommand lines={commandLines.eraseUser(user, form.values.reason.trim() || 'REASON')} />
      </DialogBody>
      <DialogActions>
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" look="danger" busy={form.busy}>
          Erase for good
        </Button>
      </DialogActions>
    </DialogForm>
  );
}
