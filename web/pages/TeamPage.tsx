import { useNavigate, useSearch } from '@tanstack/react-router';
import { MailPlus, Plus, TriangleAlert, UsersRound } from 'lucide-react';
import { TeamRole, type Membership } from '#proto/muster/v1/auth_pb.js';
import { InvitePolicy, type Team } from '#proto/muster/v1/team_pb.js';
import { AsCommandButton } from '../commands/AsCommand.tsx';
import { commandLines } from '../commands/command-lines.ts';
import { InviteDialog } from '../invites/InviteDialog.tsx';
import { InviteTable } from '../invites/InviteTable.tsx';
import { Button } from '../parts/Button.tsx';
import { CopyText } from '../parts/Copy.tsx';
import { EmptyState } from '../parts/EmptyState.tsx';
import { Facts } from '../parts/Facts.tsx';
import { Page, Panel, Section } from '../parts/Page.tsx';
import { ShareList, type Share } from '../parts/Shares.tsx';
import { DetailSkeleton } from '../parts/Skeleton.tsx';
import { toProblem } from '../problems/problem.ts';
import { ProblemNote } from '../problems/ProblemNote.tsx';
import { managedElsewhere } from '../session/sign-in-modes.ts';
import { useActiveTeam, useCaller, useSetup } from '../session/useCaller.ts';
import { CreateTeamDialog } from '../teams/CreateTeamDialog.tsx';
import { inviteRefusal, leaveRefusal } from '../teams/may-change.ts';
import { MemberTable } from '../teams/MemberTable.tsx';
import { OwnershipBanner } from '../teams/OwnershipBanner.tsx';
import { OwnHosts } from '../teams/OwnHosts.tsx';
import { nearLimit, quotaShares } from '../teams/quota.ts';
import { roleWords, runsTeam } from '../teams/roles.ts';
import type { TeamSearch } from '../teams/search.ts';
import { teamSentence } from '../teams/sentence.ts';
import { TeamActions } from '../teams/TeamActions.tsx';
import { useTeam } from '../teams/useTeam.ts';
import { RelativeTime } from '../time/RelativeTime.tsx';

export function TeamPage() {
  const { dialog } = useSearch({ from: '/signed-in/team' });
  const navigate = useNavigate({ from: '/team' });
  const membership = useActiveTeam();
  const open = (next: TeamSearch['dialog']) => void navigate({ search: { dialog: next }, replace: true });
  return (
    <>
      {membership ? (
        <ActiveTeam membership={membership} inviting={dialog === 'invite'} open={open} />
      ) : (
        <NoTeam onCreate={() => open('create')} />
      )}
      <CreateTeamDialog open={dialog === 'create'} onClose={() => open(undefined)} />
    </>
  );
}

const NoTeam = ({ onCreate }: { onCreate: () => void }) => (
  <Page title="Team" summary="You belong to no team.">
    <EmptyState
      icon={UsersRound}
      title="You belong to no team"
      action={
        <Button look="primary" icon={Plus} onClick={onCreate}>
          New team
        </Button>
      }
    >
      Sandboxes belong to a team. Make one of your own, or ask somebody for an invite into theirs.
    </EmptyState>
  </Page>
);

interface ActiveTeamProps {
  readonly membership: Membership;
  readonly inviting: boolean;
  readonly open: (dialog: TeamSearch['dialog']) => void;
}

function ActiveTeam({ membership, inviting, open }: ActiveTeamProps) {
  const { userId } = useCaller();
  const { team, members, invites, usage, error, retry } = useTeam(membership);
  const owners = members?.filter(({ role }) => role === TeamRole.OWNER).length ?? 0;
  const offered = members?.some((member) => member.userId === userId && member.ownershipOffered);
  const managed = managedElsewhere(useSetup());
  const refused = managed ?? (team && inviteRefusal(team));
  const invite = (
    <Button look="primary" icon={MailPlus} disabledReason={refused} onClick={() => open('invite')}>
      Invite
    </Button>
  );
  const shares = quotaShares(usage?.used, usage?.quota);
  return (
    <Page
      title={team?.name ?? membership.teamName}
      summary={members && invites && teamSentence(members, invites.length)}
      actions={
        team && (
          <>
            <AsCommandButton lines={commandLines.members(team.id)} />
            {managed === undefined && (
              <TeamActions
                team={team}
                members={members}
                leaveRefused={leaveRefusal({ userId, role: team.role }, owners)}
                sandboxes={usage?.used?.sandboxes ?? 0}
                hosts={usage?.used?.hosts ?? 0}
                onCreate={() => open('create')}
              />
            )}
            {invite}
          </>
        )
      }
    >
      {error && <ProblemNote problem={toProblem(error)} onRetry={retry} />}
      {team && offered === true && <OwnershipBanner team={team} />}
      {usage && <NearLimit shares={shares} />}
      {team && members && invites ? (
        <div className="grid items-start gap-6 lg:grid-cols-[minmax(0,1fr)_20rem]">
          <div className="flex min-w-0 flex-col gap-6">
            <Section title="Members">
              <MemberTable team={team} members={members} />
            </Section>
            {team.ownHosts && <OwnHosts team={team} />}
            {managed === undefined && (
              <Section title="Open invites">
                <InviteTable
                  invites={invites}
                  revokeRefused={runsTeam(team.role) ? undefined : 'Only owners and admins of the team revoke invites.'}
                  action={invite}
                />
              </Section>
            )}
          </div>
          <div className="flex min-w-0 flex-col gap-6">
            <Section title="Used now">
              <Panel>{usage && <ShareList shares={shares} />}</Panel>
            </Section>
            <Section title="About">
              <About team={team} hosts={usage?.used?.hosts ?? 0} />
            </Section>
          </div>
          <InviteDialog team={team} open={inviting && refused === undefined} onClose={() => open(undefined)} />
        </div>
      ) : (
        !error && <DetailSkeleton />
      )}
    </Page>
  );
}

/** Says that a limit is near before it refuses something. */
function NearLimit({ shares }: { shares: readonly Share[] }) {
  const sentence = nearLimit(shares);
  if (sentence === undefined) return null;
  return (
    <p role="status" className="flex gap-2.5 rounded-control bg-attention-soft px-3 py-2.5 text-table">
      <TriangleAlert aria-hidden className="mt-0.5 size-4 shrink-0 text-attention" />
      {sentence}
    </p>
  );
}

const About = ({ team, hosts }: { team: Team; hosts: number }) => (
  <Panel>
    <Facts
      facts={[
        { term: 'Your role', value: roleWords[team.role] },
        { term: 'Invites', value: team.invitePolicy === InvitePolicy.MEMBERS ? 'every member' : 'owners and admins' },
        { term: 'Second factor', value: team.requireSecondFactor ? 'required of every member' : 'up to each member' },
        { term: 'Own hosts', value: team.ownHosts ? `${hosts}: its sandboxes run only there` : 'no' },
        { term: 'Slug', value: <CopyText text={team.slug} label="the team’s slug" /> },
        { term: 'Id', value: <CopyText text={team.id} label="the team’s id" /> },
        { term: 'Made', value: <RelativeTime at={team.createdAt} /> },
      ]}
    />
  </Panel>
);
