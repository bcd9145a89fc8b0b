import { useMutation } from '@connectrpc/connect-query';
import { AuthService } from '#proto/muster/v1/auth_pb.js';
import type { User } from '#proto/muster/v1/user_pb.js';
import { Button } from '../parts/Button.tsx';
import { Dialog, DialogActions, DialogBody } from '../parts/Dialog.tsx';
import { OneTimeSecret } from '../parts/OneTimeSecret.tsx';
import { toProblem } from '../problems/problem.ts';
import { ProblemNote } from '../problems/ProblemNote.tsx';
import { RelativeTime } from '../time/RelativeTime.tsx';

/** Makes a link that sets a new password of a user once, to be handed to them. */
export function ResetLinkDialog({ user, open, onClose }: { user: User; open: boolean; onClose: () => void }) {
  const { data: made, error, isPending, mutate, reset } = useMutation(AuthService.method.createResetLink);
  const close = () => {
    onClose();
    reset();
  };
  return (
    <Dialog
      open={open}
      onClose={close}
      dismissible={made === undefined}
      title={`New password for ${user.name}`}
      description={made ? undefined : 'Whoever has the link can set the password, and sign in with it.'}
    >
      <DialogBody>
        {made ? (
          <OneTimeSecret
            label="Link"
            secret={made.link}
            lost="It is shown this once. If it is lost, make another one."
          />
        ) : (
          <p>You get a link to hand to {user.name}. Their password stays as it is until they use it.</p>
        )}
        {made && (
          <p className="text-table text-ink-muted">
            Hand it to {user.email} in a way that only they read. It works once, and ends{' '}
            <RelativeTime at={made.expiresAt} />. All their sessions end when it is used.
          </p>
        )}
        {error && <ProblemNote problem={toProblem(error)} />}
      </DialogBody>
      <DialogActions>
        {made ? (
          <Button look="primary" onClick={close}>
            I have copied it
          </Button>
        ) : (
          <>
            <Button onClick={close}>Cancel</Button>
            <Button look="primary" busy={isPending} onClick={() => mutate({ userId: user.id })}>
              Make the link
            </Button>
          </>
        )}
      </DialogActions>
    </Dialog>
  );
}
