import { useMutation } from '@connectrpc/connect-query';
import { useQueryClient } from '@tanstack/react-query';
import { Crown, Ellipsis, UserMinus, UserRoundCog } from 'lucide-react';
import { useState } from 'react';
import { TeamRole } from '#proto/muster/v1/auth_pb.js';
import { TeamService, type Member, type Team } from '#proto/muster/v1/team_pb.js';
import { AsCommand } from '../commands/AsCommand.tsx';
import { commandLines } from '../commands/command-lines.ts';
import { ActionMenu, type MenuAction } from '../parts/ActionMenu.tsx';
import { IconButton } from '../parts/Button.tsx';
import { ConfirmByName } from '../parts/ConfirmByName.tsx';
import { useReport, useTell } from '../problems/useReport.ts';
import { memberRefusals, type Viewer } from './may-change.ts';
import { OfferOwnershipDialog } from './OfferOwnershipDialog.tsx';
import { roleWords } from './roles.ts';

interface MemberActionsProps {
  readonly team: Team;
  readonly member: Member;
  readonly viewer: Viewer;
  readonly owners: number;
}

/** What can be done with a member. */
export function MemberActions({ team, member, viewer, owners }: MemberActionsProps) {
  const [opened, setOpened] = useState<'offer' | 'remove'>();
  const queries = useQueryClient();
  const tell = useTell();
  const setRole = useSetRole(team.id);
  const remove = useMutation(TeamService.method.removeMember);
  const refused = memberRefusals(viewer, member, owners);
  const close = () => setOpened(undefined);

  const roleAction = (role: TeamRole): MenuAction => ({
    label: `Make ${role === TeamRole.ADMIN ? 'an' : 'a'} ${roleWords[role]}`,
    icon: UserRoundCog,
    onSelect: () => setRole(member, role),
    disabledReason: refused.setRole,
  });
  return (
    <>
      <ActionMenu
        trigger={<IconButton label={`Actions for ${member.name}`} icon={Ellipsis} className="-my-1.5" />}
        actions={[
          ...(member.role === TeamRole.ADMIN ? [] : [roleAction(TeamRole.ADMIN)]),
          ...(member.role === TeamRole.MEMBER ? [] : [roleAction(TeamRole.MEMBER)]),
          {
            label: 'Offer ownership',
            icon: Crown,
            onSelect: () => setOpened('offer'),
            disabledReason: refused.offer,
          },
          {
            label: 'Remove from the team',
            icon: UserMinus,
            destructive: true,
            onSelect: () => setOpened('remove'),
            disabledReason: refused.remove,
          },
        ]}
      />
      <OfferOwnershipDialog team={team} member={member} open={opened === 'offer'} onClose={close} />
      <ConfirmByName
        open={opened === 'remove'}
        onClose={close}
        title={`Remove ${member.name} from ${team.name}`}
        name={member.name}
        action={`Remove ${member.name}`}
        onConfirm={async () => {
          await remove.mutateAsync({ teamId: team.id, userId: member.userId });
          tell(`${member.name} is out of ${team.name}.`);
          await queries.invalidateQueries();
        }}
        command={<AsCommand lines={commandLines.removeMember(team.id, member.userId)} />}
      >
        They are out at their next request, and the keys that they made in this team stop working. Sandboxes belong to
        the team and stay.
      </ConfirmByName>
    </>
  );
}

/** Changes a role at once, with a way back where there is one: ownership is not given back by a press. */
function useSetRole(teamId: string): (member: Member, role: TeamRole) => void {
  const report = useReport();
  const tell = useTell();
  const queries = useQueryClient();
  const { mutate } = useMutation(TeamService.method.setMemberRole, { onError: report });
  const change = (member: Member, role: TeamRole, back: TeamRole | undefined) =>
    mutate(
      { teamId, userId: member.userId, role },
      {
        onSuccess: () => {
          tell(
            `${member.name} is ${role === TeamRole.ADMIN ? 'an' : 'a'} ${roleWords[role]} now.`,
            back === undefined ? undefined : () => change(member, back, undefined),
          );
          void queries.invalidateQueries();
        },
      },
    );
  return (member, role) => change(member, role, member.role === TeamRole.OWNER ? undefined : member.role);
}
