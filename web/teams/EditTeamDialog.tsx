import { useMutation } from '@connectrpc/connect-query';
import { useQueryClient } from '@tanstack/react-query';
import { InvitePolicy, TeamService, type Team } from '#proto/muster/v1/team_pb.js';
import { AsCommand } from '../commands/AsCommand.tsx';
import { commandLines } from '../commands/command-lines.ts';
import { Button } from '../parts/Button.tsx';
import { Dialog, DialogActions, DialogBody, DialogForm } from '../parts/Dialog.tsx';
import { TextField } from '../parts/Field.tsx';
import { SelectField } from '../parts/SelectField.tsx';
import { useForm } from '../parts/useForm.ts';
import { ProblemNote } from '../problems/ProblemNote.tsx';
import { useTell } from '../problems/useReport.ts';

/** Changes a team's name and who may invite into it. */
export function EditTeamDialog({ team, open, onClose }: { team: Team; open: boolean; onClose: () => void }) {
  return (
    <Dialog open={open} onClose={onClose} title={`Edit ${team.name}`}>
      <EditTeamForm team={team} onClose={onClose} />
    </Dialog>
  );
}

const policies = [
  { value: InvitePolicy.ADMINS, label: 'Owners and admins' },
  { value: InvitePolicy.MEMBERS, label: 'Every member, as members' },
] as const;

function EditTeamForm({ team, onClose }: { team: Team; onClose: () => void }) {
  const update = useMutation(TeamService.method.updateTeam);
  const queries = useQueryClient();
  const tell = useTell();
  const form = useForm<{ name: string; invite_policy: InvitePolicy }>({
    initial: { name: team.name, invite_policy: team.invitePolicy },
    check: ({ name }) => ({ name: name.trim() === '' ? 'A team needs a name.' : undefined }),
    submit: async (values) => {
      await update.mutateAsync(toRequest(team, values));
      onClose();
      tell(`${values.name.trim()} is changed.`);
      await queries.invalidateQueries();
    },
  });
  return (
    <DialogForm form={form}>
      <DialogBody>
        <TextField {...form.bind('name')} label="Name" help="The slug stays as it is." maxLength={100} />
        <SelectField {...form.bind('invite_policy')} label="Who may invite" choices={policies} />
        {form.problem && <ProblemNote problem={form.problem} />}
        <AsCommand lines={commandLines.updateTeam(toRequest(team, form.values))} />
      </DialogBody>
      <DialogActions>
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" look="primary" busy={form.busy}>
          Save changes
        </Button>
      </DialogActions>
    </DialogForm>
  );
}

const toRequest = (team: Team, values: { name: string; invite_policy: InvitePolicy }) => ({
  teamId: team.id,
  name: values.name.trim(),
  invitePolicy: values.invite_policy,
});
