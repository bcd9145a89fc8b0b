import { useMutation } from '@connectrpc/connect-query';
import { Link, useNavigate, useParams } from '@tanstack/react-router';
import { GitBranch, TriangleAlert, Trash2 } from 'lucide-react';
import { useState, type ReactNode } from 'react';
import { FleetService, type Repository } from '#proto/muster/v1/fleet_pb.js';
import { AsCommand } from '../commands/AsCommand.tsx';
import { commandLines } from '../commands/command-lines.ts';
import { useFleet } from '../fleet/feed.ts';
import { LastFetched } from '../fleet/HeadLine.tsx';
import { Button, buttonClasses } from '../parts/Button.tsx';
import { ConfirmByName } from '../parts/ConfirmByName.tsx';
import { CopyText } from '../parts/Copy.tsx';
import { EmptyState } from '../parts/EmptyState.tsx';
import { Page, Section } from '../parts/Page.tsx';
import { DetailSkeleton } from '../parts/Skeleton.tsx';
import { Freshness, StatusPill } from '../parts/Status.tsx';
import { paths } from '../paths.ts';
import { asSentence } from '../problems/problem.ts';
import { useTell } from '../problems/useReport.ts';
import { ComponentList } from '../repositories/ComponentList.tsx';
import { CredentialPanel } from '../repositories/CredentialPanel.tsx';
import { fetchLook } from '../repositories/fetch-state.ts';
import { HeadList } from '../repositories/HeadList.tsx';
import { ForgePanel } from '../repositories/ForgePanel.tsx';
import { ProvenancePanel } from '../repositories/ProvenancePanel.tsx';
import { WebhookPanel } from '../repositories/WebhookPanel.tsx';
import { useCaller } from '../session/useCaller.ts';
import { RelativeTime } from '../time/RelativeTime.tsx';

const trail = (
  <Link {...paths.repositories()} className="hover:text-link">
    Repositories
  </Link>
);

const gone = (
  <EmptyState
    icon={GitBranch}
    title="There is no such repository"
    action={
      <Link {...paths.repositories()} className={buttonClasses('secondary')}>
        All repositories
      </Link>
    }
  >
    It was removed, or the address is not right.
  </EmptyState>
);

export function RepositoryPage() {
  const { repositoryId } = useParams({ from: '/signed-in/repositories/$repositoryId' });
  const { phase, state: fleet } = useFleet();
  const repository = fleet?.summary?.repositories.find((candidate) => candidate.id === repositoryId);
  return (
    <Page
      title={repository?.name ?? 'Repository'}
      trail={trail}
      mark={
        repository && (
          <Freshness phase={phase}>
            <StatusPill look={fetchLook(repository)} />
          </Freshness>
        )
      }
      summary={repository && summary(repository)}
      actions={repository && <DeleteRepository repository={repository} />}
    >
      {fleet === undefined && <DetailSkeleton />}
      {fleet !== undefined && repository === undefined && gone}
      {repository && (
        <Freshness phase={phase} className="flex flex-col gap-6">
          {repository.fetchError !== '' && (
            <p className="flex gap-2.5 rounded-panel bg-attention-soft px-4 py-3 text-table wrap-anywhere">
              <TriangleAlert aria-hidden className="mt-0.5 size-4 shrink-0 text-attention" />
              <span>
                The last fetch failed: {asSentence(repository.fetchError)} <LastFetched repository={repository} />
              </span>
            </p>
          )}
          <Section title="Components">
            <ComponentList repository={repository.name} hosts={fleet?.hosts ?? []} />
          </Section>
          {!repository.published && (
            <div className="grid grid-cols-1 items-start gap-6 lg:grid-cols-2">
              <Section title="Webhook">
                <WebhookPanel repository={repository} />
              </Section>
              <Section title="Credential">
                <CredentialPanel repository={repository} />
              </Section>
            </div>
          )}
          <div className="grid grid-cols-1 items-start gap-6 lg:grid-cols-2">
            <Section title="Provenance">
              <ProvenancePanel repository={repository} />
            </Section>
            <Section title="Links">
              <ForgePanel repository={repository} />
            </Section>
          </div>
          <Section title={`Heads of ${repository.branch}`}>
            <HeadList
              key={`${repository.head?.sha} ${repository.forgeKind}`}
              repository={repository}
              hosts={fleet?.hosts ?? []}
            />
          </Section>
        </Freshness>
      )}
    </Page>
  );
}

function summary(repository: Repository): ReactNode {
  if (repository.published) return 'Its heads are told by CI; nothing is fetched.';
  return (
    <>
      Fetched from <CopyText text={repository.url} label="the address" className="max-w-full align-bottom" />
      {repository.fetchedAt && (
        <>
          , last <RelativeTime at={repository.fetchedAt} />
        </>
      )}
      .
    </>
  );
}

function DeleteRepository({ repository }: { repository: Repository }) {
  const [open, setOpen] = useState(false);
  const { platformAdmin } = useCaller();
  const navigate = useNavigate();
  const tell = useTell();
  const remove = useMutation(FleetService.method.deleteRepository);
  return (
    <>
      <Button
        look="dangerQuiet"
        icon={Trash2}
        disabledReason={platformAdmin ? undefined : 'Only a platform admin removes repositories. Ask one of them.'}
        onClick={() => setOpen(true)}
      >
        Remove
      </Button>
      <ConfirmByName
        open={open}
        onClose={() => setOpen(false)}
        title={`Remove ${repository.name}`}
        name={repository.name}
        action={`Remove ${repository.name}`}
        onConfirm={async () => {
          await remove.mutateAsync({ repositoryId: repository.id });
          tell(`${repository.name} was removed.`);
          await navigate(paths.repositories());
        }}
        command={<AsCommand lines={commandLines.deleteRepository(repository.id)} />}
      >
        Components that come from it become unknown, and the history of its heads is lost. The repository itself is not
        touched.
      </ConfirmByName>
    </>
  );
}
