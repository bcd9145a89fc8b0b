import { useMutation } from '@connectrpc/connect-query';
import { useQueryClient } from '@tanstack/react-query';
import { InvitePolicy, TeamService, type Member, type Team } from '#proto/muster/v1/team_pb.js';
import { AsCommand } from '../commands/AsCommand.tsx';
import { commandLines } from '../commands/command-lines.ts';
import { Button } from '../parts/Button.tsx';
import { Dialog, DialogActions, DialogBody, DialogForm } from '../parts/Dialog.tsx';
import { CheckField } from '../parts/CheckField.tsx';
import { TextField } from '../parts/Field.tsx';
import { SelectField } from '../parts/SelectField.tsx';
import { useForm } from '../parts/useForm.ts';
import { ProblemNote } from '../problems/ProblemNote.tsx';
import { useTell } from '../problems/useReport.ts';
import { hasPasswords } from '../session/sign-in-modes.ts';
import { useSetup } from '../session/useCaller.ts';
import { factorSentence } from './second-factor.ts';

interface EditTeamProps {
  readonly team: Team;
  /** Undefined as long as they are not known. */
  readonly members: readonly Member[] | undefined;
  readonly onClose: () => void;
}

/** Changes a team's name and rules. */
export function EditTeamDialog({ team, members, open, onClose }: EditTeamProps & { open: boolean }) {
  return (
    <Dialog open={open} onClose={onClose} title={`Edit ${team.name}`}>
      <EditTeamForm team={team} members={members} onClose={onClose} />
    </Dialog>
  );
}

const policies = [
  { value: InvitePolicy.ADMINS, label: 'Owners and admins' },
  { value: InvitePolicy.MEMBERS, label: 'Every member, as members' },
] as const;

interface Values extends Record<string, unknown> {
  readonly name: string;
  readonly invite_policy: InvitePolicy;
  readonly require_second_factor: boolean;
}

function EditTeamForm({ team, members, onClose }: EditTeamProps) {
  const update = useMutation(TeamService.method.updateTeam);
  const setup = useSetup();
  const queries = useQueryClient();
  const tell = useTell();
  const form = useForm<Values>({
    initial: {
      name: team.name,
      invite_policy: team.invitePolicy,
      require_second_factor: team.requireSecondFactor,
    },
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
        {hasPasswords(setup) && (
          <CheckField
            {...form.bind('require_second_factor')}
            label="Require a second factor of every member"
            help={factorSentence(members)}
          />
        )}
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

const toRequest = (team: Team, values: Values) => ({
  teamId: team.id,
  name: values.name.trim(),
  invitePolicy: values.invite_policy,
  requireSecondFactor: values.require_second_factor,
});
