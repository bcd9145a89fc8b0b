import { useQuery } from '@connectrpc/connect-query';
import { Link, useParams } from '@tanstack/react-router';
import { Bot, Hourglass } from 'lucide-react';
import { IdentityService, type GetIdentityResponse, type Identity } from '#proto/muster/v1/identity_pb.js';
import { useApprovals } from '../approvals/useApprovals.ts';
import { askedFor } from '../approvals/words.ts';
import { AsCommandButton } from '../commands/AsCommand.tsx';
import { commandLines } from '../commands/command-lines.ts';
import { Ends } from '../credentials/Ends.tsx';
import { useHostNames } from '../credentials/HostChoice.tsx';
import { keyRoleTitles } from '../credentials/roles.ts';
import { CredentialTable } from '../identities/CredentialTable.tsx';
import { IdentityActions } from '../identities/IdentityActions.tsx';
import { RecentEvents } from '../identities/RecentEvents.tsx';
import { Scopes } from '../identities/Scopes.tsx';
import { environmentTitles, identityLook } from '../identities/words.ts';
import { buttonClasses } from '../parts/Button.tsx';
import { CopyText } from '../parts/Copy.tsx';
import { EmptyState } from '../parts/EmptyState.tsx';
import { Facts } from '../parts/Facts.tsx';
import { inlineLinkClasses } from '../parts/links.ts';
import { Page, Panel, Section } from '../parts/Page.tsx';
import { DetailSkeleton } from '../parts/Skeleton.tsx';
import { StatusPill } from '../parts/Status.tsx';
import { paths } from '../paths.ts';
import { RelativeTime } from '../time/RelativeTime.tsx';

const trail = (
  <Link {...paths.identities()} className="hover:text-link">
    Identities
  </Link>
);

const gone = (
  <EmptyState
    icon={Bot}
    title="There is no such identity"
    action={
      <Link {...paths.identities()} className={buttonClasses('secondary')}>
        All identities
      </Link>
    }
  >
    It belongs to another team, or the address is not right.
  </EmptyState>
);

export function IdentityPage() {
  const { identityId } = useParams({ from: '/signed-in/identities/$identityId' });
  const { data, error } = useQuery(
    IdentityService.method.getIdentity,
    { identityId },
    { refetchInterval: 5_000, retry: false },
  );
  const identity = data?.identity;
  return (
    <Page
      title={identity?.name ?? 'Identity'}
      trail={trail}
      mark={identity && <StatusPill look={identityLook(identity)} />}
      summary={identity && summary(identity)}
      actions={
        identity && (
          <>
            <AsCommandButton lines={commandLines.identity(identityId)} />
            <IdentityActions identity={identity} bordered />
          </>
        )
      }
    >
      {data === undefined && (error ? gone : <DetailSkeleton />)}
      {identity && <WaitingRequests identityId={identity.id} />}
      {identity && <Inspected identity={identity} data={data} />}
    </Page>
  );
}

const summary = ({ environment, makerName, orphaned }: Identity): string =>
  orphaned
    ? `Stopped, because ${makerName} has no role in the team any more: resume it by your rights, or revoke it.`
    : `${environmentTitles[environment]}, by the rights of ${makerName}.`;

/** Requests about this identity that wait for a second person. */
function WaitingRequests({ identityId }: { identityId: string }) {
  const { data } = useApprovals(false);
  const waiting = data?.approvals.filter((approval) => approval.identityId === identityId) ?? [];
  return waiting.map((approval) => (
    <p
      key={approval.id}
      role="status"
      className="flex gap-2.5 rounded-control bg-attention-soft px-3 py-2.5 text-table"
    >
      <Hourglass aria-hidden className="mt-0.5 size-4 shrink-0 text-attention" />
      <span>
        {approval.requestedByName} asks: {askedFor(approval)}.{' '}
        <Link {...paths.approvals()} className={inlineLinkClasses}>
          See approvals
        </Link>
      </span>
    </p>
  ));
}

function Inspected({ identity, data }: { identity: Identity; data: GetIdentityResponse }) {
  return (
    <div className="grid items-start gap-6 lg:grid-cols-[minmax(0,1fr)_20rem]">
      <div className="flex min-w-0 flex-col gap-6">
        <Section title="Credentials">
          <CredentialTable identity={identity} credentials={data.credentials} />
        </Section>
        <Section
          title="What happened last"
          aside={
            <span className="flex gap-4 text-table">
              <Link {...paths.auditOf({ actor: `identity:${identity.id}` })} className={inlineLinkClasses}>
                All that it did
              </Link>
              <Link {...paths.auditOf({ target: identity.id })} className={inlineLinkClasses}>
                All that was done with it
              </Link>
            </span>
          }
        >
          <RecentEvents events={data.events} />
        </Section>
      </div>
      <Section title="Details">
        <Panel>
          <About identity={identity} />
        </Panel>
      </Section>
    </div>
  );
}

function About({ identity }: { identity: Identity }) {
  const hostName = useHostNames();
  return (
    <Facts
      facts={[
        { term: 'Environment', value: environmentTitles[identity.environment] },
        { term: 'Role', value: keyRoleTitles[identity.role] },
        { term: 'Scopes', value: <Scopes scopes={identity.scopes} /> },
        {
          term: 'Host',
          value:
            identity.boundHostId === '' ? (
              'every host'
            ) : (
              <Link {...paths.host(identity.boundHostId)} className={inlineLinkClasses}>
                {hostName(identity.boundHostId)}
              </Link>
            ),
        },
        { term: 'By the rights of', value: identity.makerName },
        { term: 'Id', value: <CopyText text={identity.id} label="the id" /> },
        { term: 'Made', value: <RelativeTime at={identity.createdAt} /> },
        { term: 'Ends', value: identity.expiresAt ? <Ends at={identity.expiresAt} /> : 'no credential works' },
        { term: 'Last used', value: identity.lastUsedAt ? <RelativeTime at={identity.lastUsedAt} /> : 'never' },
      ]}
    />
  );
}
