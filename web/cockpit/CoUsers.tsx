import { MailPlus } from 'lucide-react';
import { useState } from 'react';
import type { Invite } from '#proto/muster/v1/invite_pb.js';
import type { Member, Team } from '#proto/muster/v1/team_pb.js';
import { InviteDialog } from '../invites/InviteDialog.tsx';
import { InviteTable } from '../invites/InviteTable.tsx';
import { Button } from '../parts/Button.tsx';
import { Section } from '../parts/Page.tsx';
import { managedElsewhere } from '../session/sign-in-modes.ts';
import { useSetup } from '../session/useCaller.ts';
import { inviteRefusal } from '../teams/may-change.ts';
import { MemberTable } from '../teams/MemberTable.tsx';
import { runsTeam } from '../teams/roles.ts';

interface CoUsersProps {
  readonly team: Team;
  readonly members: readonly Member[];
  readonly invites: readonly Invite[];
}

/** Who shares what is here: invited, listed, removed. */
export function CoUsers({ team, members, invites }: CoUsersProps) {
  const [inviting, setInviting] = useState(false);
  const managed = managedElsewhere(useSetup());
  const invite = (
    <Button small icon={MailPlus} disabledReason={managed ?? inviteRefusal(team)} onClick={() => setInviting(true)}>
      Invite a co-user
    </Button>
  );
  return (
    <Section title="Co-users" aside={invite}>
      <p className="text-small text-ink-faint">
        {members.length === 1 ? 'You are here alone.' : 'All of them see and use the same sandboxes.'}
      </p>
      <MemberTable team={team} members={members} />
      {managed === undefined && invites.length > 0 && (
        <InviteTable
          invites={invites}
          revokeRefused={runsTeam(team.role) ? undefined : 'Only owners and admins of the team revoke invites.'}
          action={invite}
        />
      )}
      <InviteDialog team={team} open={inviting} onClose={() => setInviting(false)} />
    </Section>
  );
}
