import { useInfiniteQuery } from '@connectrpc/connect-query';
import { keepPreviousData } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { Bot, Plus } from 'lucide-react';
import type { Membership } from '#proto/muster/v1/auth_pb.js';
import { IdentityService } from '#proto/muster/v1/identity_pb.js';
import { AsCommandButton } from '../commands/AsCommand.tsx';
import { commandLines } from '../commands/command-lines.ts';
import { makeRefusal, maySeeCredentials } from '../credentials/may-manage.ts';
import { CreateIdentityDialog } from '../identities/CreateIdentityDialog.tsx';
import { environments, environmentWords, passes, type IdentitySearch } from '../identities/filter.ts';
import { IdentityTable } from '../identities/IdentityTable.tsx';
import { identitiesSentence } from '../identities/sentence.ts';
import { environmentTitles } from '../identities/words.ts';
import { Button } from '../parts/Button.tsx';
import { EmptyState } from '../parts/EmptyState.tsx';
import { FilterPills } from '../parts/FilterPills.tsx';
import { Page } from '../parts/Page.tsx';
import { SearchField } from '../parts/SearchField.tsx';
import { TableSkeleton } from '../parts/Skeleton.tsx';
import { Switch } from '../parts/Switch.tsx';
import { toProblem } from '../problems/problem.ts';
import { ProblemNote } from '../problems/ProblemNote.tsx';
import { useActiveTeam, useCaller } from '../session/useCaller.ts';
import { useTime } from '../time/useTime.ts';
import { NotFoundPage } from './NotFoundPage.tsx';

/** Identities have no stream: while their page is open it asks this often. */
const refetchInterval = 5_000;

export function IdentitiesPage() {
  const caller = useCaller();
  const team = useActiveTeam();
  if (!team || !maySeeCredentials(caller)) return <NotFoundPage />;
  return <Identities team={team} />;
}

function Identities({ team: { teamId, teamName } }: { team: Membership }) {
  const search = useSearch({ from: '/signed-in/identities' });
  const navigate = useNavigate({ from: '/identities' });
  const narrow = (change: IdentitySearch) =>
    void navigate({ search: (before) => ({ ...before, ...change }), replace: true });
  const refused = makeRefusal(useCaller());
  const nowMs = useTime((now) => Math.floor(now / 60_000) * 60_000);
  const found = useInfiniteQuery(
    IdentityService.method.listIdentities,
    { teamId, includeRevoked: search.revoked === 'shown', pageSize: 500, pageToken: '' },
    {
      pageParamKey: 'pageToken',
      getNextPageParam: (page) => page.nextPageToken || undefined,
      placeholderData: keepPreviousData,
      refetchInterval,
    },
  );
  const identities = found.data?.pages.flatMap((page) => page.identities);
  const create = (
    <Button
      look="primary"
      icon={Plus}
      {...(refused !== undefined && { disabledReason: refused })}
      onClick={() => narrow({ dialog: 'create' })}
    >
      New identity
    </Button>
  );
  return (
    <Page
      title="Identities"
      summary={identities && identitiesSentence(identities, nowMs)}
      actions={
        <>
          <AsCommandButton lines={commandLines.identities(teamId, search.revoked === 'shown')} />
          {create}
        </>
      }
    >
      <div className="flex flex-wrap items-center gap-x-4 gap-y-3">
        <SearchField
          label="Find by name"
          value={search.q ?? ''}
          onChange={(text) => narrow({ q: text || undefined })}
        />
        <FilterPills
          label="Environment"
          pills={environments
            .map((value) => ({
              value,
              word: environmentTitles[environmentWords[value]],
              count: (identities ?? []).filter(({ environment }) => environment === environmentWords[value]).length,
            }))
            .filter(({ count, value }) => count > 0 || value === search.environment)}
          chosen={search.environment}
          onChoose={(environment) => narrow({ environment })}
        />
        <span className="ml-auto">
          <Switch
            label="Revoked identities"
            on={search.revoked === 'shown'}
            words={{ on: 'revoked shown', off: 'revoked hidden' }}
            onChange={(on) => narrow({ revoked: on ? 'shown' : undefined })}
          />
        </span>
      </div>
      {found.error && <ProblemNote problem={toProblem(found.error)} onRetry={() => void found.refetch()} />}
      {identities === undefined && !found.error && <TableSkeleton columns={7} />}
      {identities !== undefined && (
        <IdentityTable
          identities={identities.filter((identity) => passes(identity, search))}
          empty={
            identities.length === 0 ? (
              <EmptyState
                icon={Bot}
                title="No machine identities yet"
                action={create}
                command={commandLines.identityExample()}
              >
                A machine identity is a named caller that is no person: an agent, a bot, a pipeline. It is confined to
                scopes, can be paused, and has credentials that rotate one by one. In production, a second person
                approves.
              </EmptyState>
            ) : (
              <EmptyState
                icon={Bot}
                title="No identity passes this filter"
                action={
                  <Button onClick={() => narrow({ q: undefined, environment: undefined })}>Show all identities</Button>
                }
              >
                The filter stands in the address of this page, so a link to it shows the same.
              </EmptyState>
            )
          }
        />
      )}
      {found.hasNextPage && (
        <Button className="self-center" busy={found.isFetchingNextPage} onClick={() => void found.fetchNextPage()}>
          Show more identities
        </Button>
      )}
      <CreateIdentityDialog
        team={{ id: teamId, name: teamName }}
        open={search.dialog === 'create' && refused === undefined}
        onClose={() => narrow({ dialog: undefined })}
      />
    </Page>
  );
}
