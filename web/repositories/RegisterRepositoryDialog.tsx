import { useMutation } from '@connectrpc/connect-query';
import { FleetService } from '#proto/muster/v1/fleet_pb.js';
import { AsCommand } from '../commands/AsCommand.tsx';
import { commandLines } from '../commands/command-lines.ts';
import { Button } from '../parts/Button.tsx';
import { Dialog, DialogActions, DialogBody, DialogForm } from '../parts/Dialog.tsx';
import { TextField } from '../parts/Field.tsx';
import { useForm } from '../parts/useForm.ts';
import { ProblemNote } from '../problems/ProblemNote.tsx';
import { useTell } from '../problems/useReport.ts';

/** Registers a repository whose head machines are compared with. */
export function RegisterRepositoryDialog({ open, onClose }: { open: boolean; onClose: () => void }) {
  return (
    <Dialog
      open={open}
      onClose={onClose}
      title="Register a repository"
      description="Machines that run something built from it are compared with the head of its branch."
    >
      <RegisterForm onClose={onClose} />
    </Dialog>
  );
}

function RegisterForm({ onClose }: { onClose: () => void }) {
  const register = useMutation(FleetService.method.registerRepository);
  const tell = useTell();
  const form = useForm({
    initial: { name: '', url: '', branch: 'main' },
    check: ({ name, url }) => ({
      name: name.trim() === '' ? 'Give the repository the name that components use.' : undefined,
      url: url.trim() === '' ? 'Say where it is fetched from.' : undefined,
    }),
    submit: async ({ name, url, branch }) => {
      await register.mutateAsync({ name: name.trim(), url: url.trim(), branch: branch.trim() });
      onClose();
      tell(`${name.trim()} is registered. Its head appears after the first fetch.`);
    },
  });
  const { name, url, branch } = form.values;
  return (
    <DialogForm form={form}>
      <DialogBody>
        <TextField
          {...form.bind('name')}
          label="Name"
          help="The name under which agents’ configs refer to it."
          placeholder="shop"
          mono
          spellCheck={false}
        />
        <TextField
          {...form.bind('url')}
          label="Address"
          help="https://…, ssh://…, or a path on the server below a configured root. Credentials do not belong in it."
          placeholder="https://git.example.com/team/shop.git"
          mono
          spellCheck={false}
        />
        <TextField
          {...form.bind('branch')}
          label="Branch"
          help="The one whose head should run."
          placeholder="main"
          mono
          spellCheck={false}
        />
        {form.problem && <ProblemNote problem={form.problem} />}
        <AsCommand
          lines={commandLines.registerRepository({ name: name.trim(), url: url.trim(), branch: branch.trim() })}
        />
      </DialogBody>
      <DialogActions>
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" look="primary" busy={form.busy}>
          Register repository
        </Button>
      </DialogActions>
    </DialogForm>
  );
}
