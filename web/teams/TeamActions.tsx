import { useMutation } from '@connectrpc/connect-query';
import { Ellipsis, LogOut, Pencil, Plus, Trash2 } from 'lucide-react';
import { useState } from 'react';
import { TeamRole } from '#proto/muster/v1/auth_pb.js';
import { TeamService, type Member, type Team } from '#proto/muster/v1/team_pb.js';
import { AsCommand } from '../commands/AsCommand.tsx';
import { commandLines } from '../commands/command-lines.ts';
import { ActionMenu } from '../parts/ActionMenu.tsx';
import { IconButton } from '../parts/Button.tsx';
import { Confirm } from '../parts/Confirm.tsx';
import { ConfirmByName } from '../parts/ConfirmByName.tsx';
import { enterAsNewAccount } from '../session/session.ts';
import { EditTeamDialog } from './EditTeamDialog.tsx';
import { runsTeam } from './roles.ts';

interface TeamActionsProps {
  readonly team: Team;
  /** Undefined as long as they are not known. */
  readonly members: readonly Member[] | undefined;
  /** Why the caller may not leave. */
  readonly leaveRefused: string | undefined;
  /** How many sandboxes would end with the team. */
  readonly sandboxes: number;
  /** How many hosts of its own would be deleted with it. */
  readonly hosts: number;
  readonly onCreate: () => void;
}

/** What can be done with a team. */
export function TeamActions({ team, members, leaveRefused, sandboxes, hosts, onCreate }: TeamActionsProps) {
  const [opened, setOpened] = useState<'edit' | 'leave' | 'delete'>();
  const leave = useMutation(TeamService.method.leaveTeam);
  const deleteTeam = useMutation(TeamService.method.deleteTeam);
  const close = () => setOpened(undefined);
  const ending = `${sandboxes} ${sandboxes === 1 ? 'sandbox' : 'sandboxes'}`;
  return (
    <>
      <ActionMenu
        trigger={<IconButton label="More actions" icon={Ellipsis} bordered />}
        actions={[
          {
            label: 'Edit name and rules',
            icon: Pencil,
            onSelect: () => setOpened('edit'),
            disabledReason: runsTeam(team.role) ? undefined : 'Only owners and admins of the team change it.',
          },
          { label: 'New team', icon: Plus, onSelect: onCreate },
          {
            label: 'Leave team',
            icon: LogOut,
            destructive: true,
            onSelect: () => setOpened('leave'),
            disabledReason: leaveRefused,
          },
          {
            label: 'Delete team',
            icon: Trash2,
            destructive: true,
            onSelect: () => setOpened('delete'),
            disabledReason: team.role === TeamRole.OWNER ? undefined : 'Only an owner deletes the team.',
          },
        ]}
      />
      <EditTeamDialog team={team} members={members} open={opened === 'edit'} onClose={close} />
      <Confirm
        open={opened === 'leave'}
        onClose={close}
        title={`Leave ${team.name}`}
        action={`Leave ${team.name}`}
        onConfirm={async () => {
          await leave.mutateAsync({ teamId: team.id });
          enterAsNewAccount('/');
        }}
        command={<AsCommand lines={commandLines.leaveTeam(team.id)} />}
      >
        You no longer see its sandboxes, and the keys that you made in it stop working. To come back you need a new
        invite.
      </Confirm>
      <ConfirmByName
        open={opened === 'delete'}
        onClose={close}
        title={`Delete ${team.name}`}
        name={team.name}
        action={sandboxes > 0 ? `Delete ${team.name} and ${ending}` : `Delete ${team.name}`}
        onConfirm={async () => {
          await deleteTeam.mutateAsync({ teamId: team.id, confirmName: team.name });
          enterAsNewAccount('/');
        }}
        command={<AsCommand lines={commandLines.deleteTeam(team.id, team.name)} />}
      >
        It disappears for all its members at once, and its keys end.{' '}
        {hosts > 0 && `Its ${hosts === 1 ? 'own host is' : `${hosts} own hosts are`} deleted with it. `}
        {sandboxes > 0 && <strong className="text-ink">Everything in its {ending} is lost. </strong>}
        This cannot be undone; its slug is never given to another team.
      </ConfirmByName>
    </>
  );
}
