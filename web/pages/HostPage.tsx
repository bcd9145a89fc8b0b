import { Link, useParams } from '@tanstack/react-router';
import { ServerOff } from 'lucide-react';
import type { ReactNode } from 'react';
import { HostStatus, type Host, type HostSpecs } from '#proto/muster/v1/host_pb.js';
import { DrainProgress } from '../hosts/DrainProgress.tsx';
import { useHosts } from '../hosts/feed.ts';
import { HostActions } from '../hosts/HostActions.tsx';
import { HostComponents } from '../hosts/HostComponents.tsx';
import { HostLife } from '../hosts/HostLife.tsx';
import { HostSandboxes } from '../hosts/HostSandboxes.tsx';
import { HostIdentityPanel } from '../hosts/HostIdentity.tsx';
import { HostStatusPill } from '../hosts/HostStatusPill.tsx';
import { hostShares, LoadTable } from '../hosts/Load.tsx';
import { hostConcerns } from '../hosts/status.ts';
import { UnknownSandboxes } from '../hosts/UnknownSandboxes.tsx';
import { HostAccessPanel } from '../machine-access/HostAccessPanel.tsx';
import { buttonClasses } from '../parts/Button.tsx';
import { CopyText } from '../parts/Copy.tsx';
import { EmptyState } from '../parts/EmptyState.tsx';
import { Facts, Tags } from '../parts/Facts.tsx';
import { Page, Panel, Section } from '../parts/Page.tsx';
import { mebibytes } from '../parts/sizes.ts';
import { DetailSkeleton } from '../parts/Skeleton.tsx';
import { Freshness } from '../parts/Status.tsx';
import { paths } from '../paths.ts';
import { toProblem } from '../problems/problem.ts';
import { useCaller } from '../session/useCaller.ts';
import { RelativeTime } from '../time/RelativeTime.tsx';

const trail = (
  <Link {...paths.hosts()} className="hover:text-link">
    Hosts
  </Link>
);

const gone = (
  <EmptyState
    icon={ServerOff}
    title="There is no such host"
    action={
      <Link {...paths.hosts()} className={buttonClasses('secondary')}>
        All hosts
      </Link>
    }
  >
    It was deleted, or the address is not right. The list of hosts has those that there are.
  </EmptyState>
);

export function HostPage() {
  const { hostId } = useParams({ from: '/signed-in/hosts/$hostId' });
  const { phase, state: hosts, error } = useHosts(hostId);
  const host = hosts?.find((candidate) => candidate.id === hostId);
  const refusedAs = phase === 'refused' ? toProblem(error) : undefined;

  return (
    <Page
      title={host?.name ?? 'Host'}
      trail={trail}
      mark={
        host && (
          <Freshness phase={phase}>
            <HostStatusPill host={host} />
          </Freshness>
        )
      }
      summary={host && summary(host)}
      actions={host && <HostActions host={host} />}
    >
      <Freshness phase={phase} className="flex flex-col gap-6">
        {hosts === undefined && !refusedAs && <DetailSkeleton />}
        {host ? <HostView host={host} /> : (hosts !== undefined || refusedAs) && gone}
      </Freshness>
    </Page>
  );
}

function summary(host: Host): ReactNode {
  if (host.status === HostStatus.PENDING) {
    return host.joinTokenExpiresAt ? (
      <>
        It waits for its machine; its join token ends <RelativeTime at={host.joinTokenExpiresAt} />.
      </>
    ) : (
      'It waits for its machine and has no valid join token: make a new one under “More actions”.'
    );
  }
  const sandboxes = host.usage?.sandboxes ?? 0;
  const holds =
    sandboxes === 0 ? 'It holds no sandbox' : `It holds ${sandboxes} ${sandboxes === 1 ? 'sandbox' : 'sandboxes'}`;
  return (
    <>
      {holds}; last heartbeat <RelativeTime at={host.lastSeenAt} />.
    </>
  );
}

function HostView({ host }: { host: Host }) {
  const { specs } = host;
  const { platformAdmin } = useCaller();
  return (
    <div className="grid items-start gap-6 lg:grid-cols-[minmax(0,1fr)_20rem]">
      <div className="flex min-w-0 flex-col gap-6">
        <Concerns host={host} />
        {host.drain && <DrainProgress drain={host.drain} />}
        <HostComponents hostId={host.id} />
        <HostSandboxes host={host} />
        <HostLife host={host} />
        <UnknownSandboxes host={host} />
      </div>
      <div className="flex min-w-0 flex-col gap-6">
        {hostShares(host).length > 0 && (
          <Section title="Promised to sandboxes">
            <Panel>
              <LoadTable host={host} />
            </Panel>
          </Section>
        )}
        {host.identity && <HostIdentityPanel identity={host.identity} />}
        {platformAdmin && host.status !== HostStatus.PENDING && <HostAccessPanel hostId={host.id} />}
        <Section title="Machine">
          <Panel>
            <Facts
              facts={[
                { term: 'Id', value: <CopyText text={host.id} label="the id" /> },
                { term: 'Owner', value: host.teamId === '' ? 'the platform' : host.teamName },
                host.assignedTeamId !== '' && { term: 'Assigned', value: 'to the team of one tester alone' },
                { term: 'Labels', value: <Tags pairs={host.labels} none="none" /> },
                specs && { term: 'Hostname', value: specs.hostname },
                specs && { term: 'System', value: specs.os },
                specs && { term: 'Kernel', value: `${specs.kernel} (${specs.arch})` },
                specs && {
                  term: 'Resources',
                  value: `${specs.cpus} CPUs, ${mebibytes(specs.memoryMib)} memory, ${mebibytes(specs.diskMib)} disk`,
                },
                specs && { term: 'Runtime', value: specs.runtime || 'none' },
                specs && { term: 'Network', value: networkOf(specs) },
                specs && specs.templates.length > 0 && { term: 'Templates', value: specs.templates.join(', ') },
                specs && { term: 'Agent', value: <AgentVersion version={specs.agentVersion} sha={specs.agentSha} /> },
                { term: 'Registered', value: <RelativeTime at={host.createdAt} /> },
                host.joinedAt && { term: 'Joined', value: <RelativeTime at={host.joinedAt} /> },
                host.lastReconciledAt && {
                  term: 'Reconciled',
                  value: (
                    <>
                      <RelativeTime at={host.lastReconciledAt} />: {host.lastReconcile}
                    </>
                  ),
                },
              ]}
            />
          </Panel>
        </Section>
      </div>
    </div>
  );
}

/** What its sandboxes can have. */
function networkOf({ egress, egressProblem }: HostSpecs): string {
  if (egress) return 'none, egress';
  return egressProblem === '' ? 'none' : `none only. ${egressProblem}`;
}

function AgentVersion({ version, sha }: { version: string; sha: string }) {
  return (
    <>
      {version} {sha !== '' && <CopyText text={sha} show={sha.slice(0, 7)} label="the agent’s commit" />}
    </>
  );
}

function Concerns({ host }: { host: Host }) {
  const concerns = hostConcerns(host);
  if (concerns.length === 0) return null;
  return (
    <ul className="flex flex-col gap-1 rounded-panel bg-attention-soft px-4 py-3 text-table">
      {concerns.map((concern) => (
        <li key={concern} className="wrap-anywhere">
          {concern}
        </li>
      ))}
    </ul>
  );
}
