import { useMutation } from '@connectrpc/connect-query';
import { useState } from 'react';
import { AuthService } from '#proto/muster/v1/auth_pb.js';
import { TeamService } from '#proto/muster/v1/team_pb.js';
import { AsCommand } from '../commands/AsCommand.tsx';
import { commandLines } from '../commands/command-lines.ts';
import { Button } from '../parts/Button.tsx';
import { Dialog, DialogActions, DialogBody, DialogForm } from '../parts/Dialog.tsx';
import { TextField } from '../parts/Field.tsx';
import { useForm } from '../parts/useForm.ts';
import { ProblemNote } from '../problems/ProblemNote.tsx';
import { randomId } from '../random-id.ts';
import { enterAsNewAccount } from '../session/session.ts';

/** Makes a team and goes on in it. */
export function CreateTeamDialog({ open, onClose }: { open: boolean; onClose: () => void }) {
  return (
    <Dialog
      open={open}
      onClose={onClose}
      title="New team"
      description="You own it, and go on working in it. Sandboxes and keys belong to a team."
    >
      <CreateTeamForm onClose={onClose} />
    </Dialog>
  );
}

function CreateTeamForm({ onClose }: { onClose: () => void }) {
  const createTeam = useMutation(TeamService.method.createTeam);
  const switchTeam = useMutation(AuthService.method.switchTeam);
  const [requestId] = useState(randomId);
  const form = useForm({
    initial: { name: '' },
    check: ({ name }) => ({ name: name.trim() === '' ? 'Give the team a name.' : undefined }),
    submit: async ({ name }) => {
      const { team } = await createTeam.mutateAsync({ name: name.trim(), requestId });
      if (team) await switchTeam.mutateAsync({ teamId: team.id });
      enterAsNewAccount('/team');
    },
  });
  return (
    <DialogForm form={form}>
      <DialogBody>
        <TextField {...form.bind('name')} label="Name" placeholder="Research" maxLength={100} />
        {form.problem && <ProblemNote problem={form.problem} />}
        <AsCommand lines={commandLines.createTeam(form.values.name.trim())} />
      </DialogBody>
      <DialogActions>
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" look="primary" busy={form.busy}>
          Create team
        </Button>
      </DialogActions>
    </DialogForm>
  );
}
