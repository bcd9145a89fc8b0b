import { useMutation } from '@connectrpc/connect-query';
import { useState } from 'react';
import { AuthService, type CreateUserTokenResponse } from '#proto/muster/v1/auth_pb.js';
import { AsCommand } from '../commands/AsCommand.tsx';
import { commandLines } from '../commands/command-lines.ts';
import { Button } from '../parts/Button.tsx';
import { Dialog, DialogActions, DialogBody, DialogForm } from '../parts/Dialog.tsx';
import { OneTimeSecret } from '../parts/OneTimeSecret.tsx';
import { SelectField } from '../parts/SelectField.tsx';
import { useForm } from '../parts/useForm.ts';
import { ProblemNote } from '../problems/ProblemNote.tsx';
import { durationOf } from '../time/duration.ts';
import { RelativeTime } from '../time/RelativeTime.tsx';

/** Makes a token for the command line, shown once. */
export function CreateTokenDialog({ open, onClose }: { open: boolean; onClose: () => void }) {
  const [created, setCreated] = useState<CreateUserTokenResponse>();
  const close = () => {
    onClose();
    setCreated(undefined);
  };
  return (
    <Dialog
      open={open}
      onClose={close}
      dismissible={created === undefined}
      title="Create a token for the command line"
      description={
        created
          ? undefined
          : 'It carries your rights, and ends with this session or at its own end, whichever comes first.'
      }
    >
      {created ? (
        <CreatedToken created={created} onClose={close} />
      ) : (
        <TokenForm onClose={close} onCreated={setCreated} />
      )}
    </Dialog>
  );
}

const tokenLifetimes = [
  { value: 3600, label: '1 hour' },
  { value: 12 * 3600, label: '12 hours' },
  { value: 24 * 3600, label: '24 hours' },
] as const;

function TokenForm({
  onClose,
  onCreated,
}: {
  onClose: () => void;
  onCreated: (created: CreateUserTokenResponse) => void;
}) {
  const createToken = useMutation(AuthService.method.createUserToken);
  const form = useForm<{ lifetime: number }>({
    initial: { lifetime: 12 * 3600 },
    submit: async ({ lifetime }) => onCreated(await createToken.mutateAsync({ lifetime: durationOf(lifetime) })),
  });
  return (
    <DialogForm form={form}>
      <DialogBody>
        <SelectField {...form.bind('lifetime')} label="Lifetime" choices={tokenLifetimes} />
        {form.problem && <ProblemNote problem={form.problem} />}
        <AsCommand lines={commandLines.createUserToken()} />
      </DialogBody>
      <DialogActions>
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" look="primary" busy={form.busy}>
          Create token
        </Button>
      </DialogActions>
    </DialogForm>
  );
}

function CreatedToken({ created, onClose }: { created: CreateUserTokenResponse; onClose: () => void }) {
  return (
    <>
      <DialogBody>
        <OneTimeSecret
          label="Token"
          secret={created.token}
          lost="It is shown this once. If it is lost, make another; ending this session ends them all."
        />
        <p className="text-table text-ink-muted">
          It ends <RelativeTime at={created.expiresAt} />. Put it into the variable{' '}
          <code className="text-code">MUSTER_TOKEN</code>: the command line and the “as command” lines of this console
          read it there.
        </p>
      </DialogBody>
      <DialogActions>
        <Button look="primary" onClick={onClose}>
          I have stored it
        </Button>
      </DialogActions>
    </>
  );
}
