import { useMutation } from '@connectrpc/connect-query';
import { FleetService, type Repository } from '#proto/muster/v1/fleet_pb.js';
import { AsCommand } from '../commands/AsCommand.tsx';
import { commandLines } from '../commands/command-lines.ts';
import { Button } from '../parts/Button.tsx';
import { Dialog, DialogActions, DialogBody, DialogForm } from '../parts/Dialog.tsx';
import { PasswordField, TextField } from '../parts/Field.tsx';
import { TextAreaField } from '../parts/TextAreaField.tsx';
import { useForm } from '../parts/useForm.ts';
import { ProblemNote } from '../problems/ProblemNote.tsx';
import { useTell } from '../problems/useReport.ts';

interface CredentialDialogProps {
  readonly repository: Repository;
  readonly open: boolean;
  readonly onClose: () => void;
}

const isSsh = ({ url }: Repository): boolean => url.startsWith('ssh:');

/** Takes what a private repository is fetched with: a token for https, a key for ssh. */
export function CredentialDialog(props: CredentialDialogProps) {
  const { repository, open, onClose } = props;
  return (
    <Dialog
      open={open}
      onClose={onClose}
      title={`What ${repository.name} is fetched with`}
      description="It needs to read, no more. It is stored sealed under the master key, given to git alone, and never shown again."
    >
      {isSsh(repository) ? <KeyForm {...props} /> : <TokenForm {...props} />}
    </Dialog>
  );
}

const stored = 'It is stored. It is used from the next fetch on.';

function TokenForm({ repository, onClose }: CredentialDialogProps) {
  const update = useMutation(FleetService.method.updateRepository);
  const tell = useTell();
  const form = useForm({
    initial: { username: '', token: '' },
    check: ({ token }) => ({ token: token.trim() === '' ? 'Give the token.' : undefined }),
    submit: async ({ username, token }) => {
      const value = { username: username.trim(), token: token.trim() };
      await update.mutateAsync({ repositoryId: repository.id, credential: { case: 'token', value } });
      onClose();
      tell(stored);
    },
  });
  return (
    <DialogForm form={form}>
      <DialogBody>
        <TextField {...form.bind('username')} label="User name" optional help="Empty where the forge takes any." />
        <PasswordField
          {...form.bind('token')}
          label="Token"
          autoComplete="off"
          help="A token of the forge that may read this repository."
        />
        {form.problem && <ProblemNote problem={form.problem} />}
        <AsCommand lines={commandLines.repositoryCredential(repository.name, 'token')} />
      </DialogBody>
      <CredentialActions busy={form.busy} onClose={onClose} />
    </DialogForm>
  );
}

function KeyForm({ repository, onClose }: CredentialDialogProps) {
  const update = useMutation(FleetService.method.updateRepository);
  const tell = useTell();
  const form = useForm({
    initial: { private_key: '', known_hosts: '' },
    check: ({ private_key: key, known_hosts: hosts }) => ({
      private_key: key.trim() === '' ? 'Give the private key, from its BEGIN to its END line.' : undefined,
      known_hosts:
        hosts.trim() === '' ? 'Give the server’s line: ssh-keyscan prints it, its fingerprint proves it.' : undefined,
    }),
    submit: async ({ private_key: key, known_hosts: hosts }) => {
      const value = { privateKey: `${key.trim()}\n`, knownHosts: `${hosts.trim()}\n` };
      await update.mutateAsync({ repositoryId: repository.id, credential: { case: 'sshKey', value } });
      onClose();
      tell(stored);
    },
  });
  return (
    <DialogForm form={form}>
      <DialogBody>
        <TextAreaField {...form.bind('private_key')} label="Private key" help="A deploy key without a passphrase." />
        <TextAreaField
          {...form.bind('known_hosts')}
          label="Known hosts"
          help="Lines of a known_hosts file: nobody else than this server is fetched from."
        />
        {form.problem && <ProblemNote problem={form.problem} />}
        <AsCommand lines={commandLines.repositoryCredential(repository.name, 'key')} />
      </DialogBody>
      <CredentialActions busy={form.busy} onClose={onClose} />
    </DialogForm>
  );
}

const CredentialActions = ({ busy, onClose }: { busy: boolean; onClose: () => void }) => (
  <DialogActions>
    <Button onClick={onClose}>Cancel</Button>
    <Button type="submit" look="primary" busy={busy}>
      Store credential
    </Button>
  </DialogActions>
);
