import { Link } from '@tanstack/react-router';
import { Plus, UsersRound } from 'lucide-react';
import type { Membership } from '#proto/muster/v1/auth_pb.js';
import type { Host } from '#proto/muster/v1/host_pb.js';
import { ChangeList } from '../cockpit/ChangeList.tsx';
import { CoUsers } from '../cockpit/CoUsers.tsx';
import { useCockpit } from '../cockpit/feed.ts';
import { Machines } from '../cockpit/Machines.tsx';
import { ProviderKeys } from '../cockpit/ProviderKeys.tsx';
import { SandboxCards } from '../cockpit/SandboxCards.tsx';
import { cockpitSentence } from '../cockpit/sentence.ts';
import { Spending } from '../cockpit/Spending.tsx';
import { SshAccess } from '../cockpit/SshAccess.tsx';
import { useHosts } from '../hosts/feed.ts';
import { buttonClasses } from '../parts/Button.tsx';
import { EmptyState } from '../parts/EmptyState.tsx';
import { Page, Section } from '../parts/Page.tsx';
import { DetailSkeleton } from '../parts/Skeleton.tsx';
import { Freshness } from '../parts/Status.tsx';
import { paths } from '../paths.ts';
import { toProblem } from '../problems/problem.ts';
import { ProblemNote } from '../problems/ProblemNote.tsx';
import { useSandboxes } from '../sandboxes/feed.ts';
import { passesSandboxFilter } from '../sandboxes/filter.ts';
import { workRefusal } from '../session/may-work.ts';
import { useActiveTeam, useCaller } from '../session/useCaller.ts';
import { useTeam } from '../teams/useTeam.ts';

const title = 'My machine';

/** What a tester sees first: what they have here, with whom, and what changed. */
export function CockpitPage() {
  const membership = useActiveTeam();
  return membership ? <Cockpit membership={membership} /> : <NoTeam />;
}

const NoTeam = () => (
  <Page title={title} summary="You belong to no team.">
    <EmptyState
      icon={UsersRound}
      title="You belong to no team"
      action={
        <Link {...paths.createTeam()} className={buttonClasses('primary')}>
          New team
        </Link>
      }
    >
      Sandboxes and machines belong to a team. Make one of your own, or ask somebody for an invite into theirs.
    </EmptyState>
  </Page>
);

/** Whether a machine is a team's alone: one that it brought, or one that it was given. */
const isOf = ({ teamId, assignedTeamId }: Host, of: string): boolean => teamId === of || assignedTeamId === of;

function Cockpit({ membership }: { membership: Membership }) {
  const mayWork = workRefusal(useCaller()) === undefined;
  const { phase, state, error } = useSandboxes();
  const { state: cockpit } = useCockpit();
  const { state: hosts } = useHosts();
  const { team, members, invites, error: teamError, retry } = useTeam(membership);
  const sandboxes = state?.sandboxes.filter((sandbox) => passesSandboxFilter(sandbox, {}, 0));
  return (
    <Page
      title={title}
      summary={sandboxes && cockpit && cockpitSentence(sandboxes, cockpit.changes.length)}
      actions={
        mayWork &&
        sandboxes !== undefined &&
        sandboxes.length > 0 && (
          <Link {...paths.createSandbox()} className={buttonClasses('secondary')}>
            <Plus aria-hidden className="-ml-0.5 size-4" />
            Create sandbox
          </Link>
        )
      }
    >
      {phase === 'refused' && <ProblemNote problem={toProblem(error)} />}
      {teamError && <ProblemNote problem={toProblem(teamError)} onRetry={retry} />}
      {sandboxes === undefined && phase !== 'refused' && <DetailSkeleton />}
      {sandboxes !== undefined && (
        <div className="grid items-start gap-6 lg:grid-cols-[minmax(0,1fr)_20rem]">
          <div className="flex min-w-0 flex-col gap-6">
            {cockpit && <ChangeList cockpit={cockpit} />}
            <Section title="Sandboxes">
              <Freshness phase={phase}>
                <SandboxCards sandboxes={sandboxes} />
              </Freshness>
            </Section>
            {team && members && invites && <CoUsers team={team} members={members} invites={invites} />}
          </div>
          <div className="flex min-w-0 flex-col gap-6">
            <Machines hosts={hosts?.filter((host) => isOf(host, membership.teamId)) ?? []} />
            <SshAccess />
            <ProviderKeys teamId={membership.teamId} />
            <Spending teamId={membership.teamId} />
          </div>
        </div>
      )}
    </Page>
  );
}
