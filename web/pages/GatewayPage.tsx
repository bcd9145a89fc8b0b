import { useNavigate, useSearch } from '@tanstack/react-router';
import { Gauge, Waypoints } from 'lucide-react';
import { useState } from 'react';
import type { GatewayBudget } from '#proto/muster/v1/gateway_pb.js';
import { AsCommandButton } from '../commands/AsCommand.tsx';
import { commandLines } from '../commands/command-lines.ts';
import { maySeeCredentials } from '../credentials/may-manage.ts';
import { BudgetTable } from '../gateway/BudgetTable.tsx';
import { CapsDialog } from '../gateway/CapsDialog.tsx';
import { countWords, gatewaySentence } from '../gateway/figures.ts';
import { NewTokenDialog } from '../gateway/NewTokenDialog.tsx';
import { ranges, rangeWords, type GatewaySearch } from '../gateway/search.ts';
import { TokenSection } from '../gateway/TokenSection.tsx';
import { useGatewayUsage } from '../gateway/useGateway.ts';
import { UseTable } from '../gateway/UseTable.tsx';
import { Button } from '../parts/Button.tsx';
import { EmptyState } from '../parts/EmptyState.tsx';
import { FilterPills } from '../parts/FilterPills.tsx';
import { FilterSelect } from '../parts/FilterSelect.tsx';
import { Page, Section } from '../parts/Page.tsx';
import { TableSkeleton } from '../parts/Skeleton.tsx';
import { toProblem } from '../problems/problem.ts';
import { ProblemNote } from '../problems/ProblemNote.tsx';
import { useActiveTeam, useCaller } from '../session/useCaller.ts';
import { NotFoundPage } from './NotFoundPage.tsx';

const words = { week: '7 days', month: '30 days', quarter: '90 days' } as const;

/** The model gateway: who uses what, within which caps, with which tokens. Of all teams for admins, else of one's own. */
export function GatewayPage() {
  const caller = useCaller();
  const team = useActiveTeam();
  return caller.platformAdmin || (team && maySeeCredentials(caller)) ? <Gateway /> : <NotFoundPage />;
}

function Gateway() {
  const search = useSearch({ from: '/signed-in/gateway' });
  const navigate = useNavigate({ from: '/gateway' });
  const { platformAdmin, userId } = useCaller();
  const team = useActiveTeam();
  const onSearch = (change: GatewaySearch) =>
    void navigate({ search: (before) => ({ ...before, ...change }), replace: true });
  const teamId = search.team ?? (platformAdmin ? '' : (team?.teamId ?? ''));
  const range = search.range ?? 'month';
  const { data, error, refetch } = useGatewayUsage(teamId, ranges[range]);
  const [capsOf, setCapsOf] = useState<GatewayBudget>();
  const names = new Map(data?.budgets.map((budget) => [budget.userId, budget.userName]));
  const ofUser = ({ userId: id }: { userId: string }) => search.user === undefined || id === search.user;
  return (
    <Page
      title="Model gateway"
      summary={data && gatewaySentence(data.budgets)}
      actions={<AsCommandButton lines={commandLines.gatewayUsage(teamId, ranges[range])} />}
    >
      <div className="flex flex-wrap items-center gap-x-4 gap-y-3">
        <FilterPills
          label="Time"
          pills={rangeWords.map((value) => ({ value, word: words[value] }))}
          chosen={range}
          onChoose={(value) => onSearch({ range: value === 'month' ? undefined : value })}
        />
        <FilterSelect
          label="User"
          all="Every user"
          options={[...names].map(([value, word]) => ({ value, word }))}
          value={search.user}
          onChoose={(user) => onSearch({ user })}
        />
      </div>
      {error && <ProblemNote problem={toProblem(error)} onRetry={() => void refetch()} />}
      {!data && !error && <TableSkeleton columns={5} />}
      {data && (
        <>
          <Section
            title="Caps"
            aside={
              <span className="flex flex-wrap items-center gap-3 text-table text-ink-muted">
                Everybody: {countWords(data.defaultCaps?.tokensPerDay ?? 0n)} tokens a day,{' '}
                {countWords(data.defaultCaps?.tokensPerMonth ?? 0n)} a month
                {platformAdmin && (
                  <Button small icon={Gauge} onClick={() => onSearch({ dialog: 'caps' })}>
                    Change for everybody
                  </Button>
                )}
              </span>
            }
          >
            <BudgetTable
              budgets={data.budgets.filter(ofUser)}
              onSetCaps={platformAdmin ? setCapsOf : undefined}
              empty={
                <EmptyState icon={Waypoints} title="Nobody has a token yet">
                  Through the gateway, testers ask models with a token of their own, metered and capped, and no
                  provider’s key leaves the control plane. An admin turns it on at a provider in the service setup:
                  testers get their tokens by themselves.
                </EmptyState>
              }
            />
          </Section>
          <Section title="Use by day">
            <UseTable
              uses={data.uses.filter(ofUser)}
              names={names}
              empty={
                <EmptyState icon={Waypoints} title="Nothing was used in these days">
                  Every request that a provider answers counts here, as the provider says what it took.
                </EmptyState>
              }
            />
          </Section>
        </>
      )}
      <TokenSection
        teamId={teamId}
        userId={search.user}
        endedShown={search.ended === 'shown'}
        onEndedShown={(shown) => onSearch({ ended: shown ? 'shown' : undefined })}
        onNew={() => onSearch({ dialog: 'token' })}
      />
      <NewTokenDialog
        teamId={search.team ?? team?.teamId ?? ''}
        userId={userId}
        open={search.dialog === 'token'}
        onClose={() => onSearch({ dialog: undefined })}
      />
      <CapsDialog
        budget={undefined}
        defaults={data?.defaultCaps}
        open={search.dialog === 'caps' && platformAdmin && data !== undefined}
        onClose={() => onSearch({ dialog: undefined })}
      />
      {capsOf && <CapsDialog budget={capsOf} defaults={data?.defaultCaps} open onClose={() => setCapsOf(undefined)} />}
    </Page>
  );
}
