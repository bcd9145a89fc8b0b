import { useNavigate, useSearch } from '@tanstack/react-router';
import { Stamp } from 'lucide-react';
import { useState } from 'react';
import { ApprovalState, type Approval } from '#proto/muster/v1/identity_pb.js';
import { ApprovalCard } from '../approvals/ApprovalCard.tsx';
import { CarryOutDialog } from '../approvals/CarryOutDialog.tsx';
import { DecidedTable } from '../approvals/DecidedTable.tsx';
import { mayDo, useApprovals } from '../approvals/useApprovals.ts';
import { AsCommandButton } from '../commands/AsCommand.tsx';
import { commandLines } from '../commands/command-lines.ts';
import { maySeeCredentials } from '../credentials/may-manage.ts';
import { EmptyState } from '../parts/EmptyState.tsx';
import { Page, Section } from '../parts/Page.tsx';
import { DetailSkeleton } from '../parts/Skeleton.tsx';
import { Switch } from '../parts/Switch.tsx';
import { toProblem } from '../problems/problem.ts';
import { ProblemNote } from '../problems/ProblemNote.tsx';
import { useCaller } from '../session/useCaller.ts';
import { NotFoundPage } from './NotFoundPage.tsx';

const nothingWaits = (
  <EmptyState icon={Stamp} title="Nothing waits for approval">
    What gives a machine identity of production power (making it, another credential, rotating, resuming) waits here for
    a second person, for 24 hours. Pausing and revoking never wait.
  </EmptyState>
);

const isOpen = ({ state }: Approval): boolean => state === ApprovalState.PENDING || state === ApprovalState.APPROVED;

/** Requests that need a second person. */
export function ApprovalsPage() {
  const { decided } = useSearch({ from: '/signed-in/approvals' });
  const navigate = useNavigate({ from: '/approvals' });
  const caller = useCaller();
  const [carriedOut, setCarriedOut] = useState<Approval>();
  const { data, error, refetch } = useApprovals(decided === 'shown');
  if (!maySeeCredentials(caller)) return <NotFoundPage />;
  const approvals = data?.approvals;
  const open = approvals?.filter(isOpen);
  return (
    <Page
      title="Approvals"
      summary={open && sentence(open)}
      actions={
        <>
          <Switch
            label="Decided requests"
            on={decided === 'shown'}
            words={{ on: 'decided shown', off: 'decided hidden' }}
            onChange={(on) => void navigate({ search: { decided: on ? 'shown' : undefined }, replace: true })}
          />
          <AsCommandButton
            lines={commandLines.approvals(caller.platformAdmin ? '' : caller.activeTeamId, decided === 'shown')}
          />
        </>
      }
    >
      {error && <ProblemNote problem={toProblem(error)} onRetry={() => void refetch()} />}
      {approvals === undefined && !error && <DetailSkeleton />}
      {open?.length === 0 && nothingWaits}
      {open !== undefined && open.length > 0 && (
        <Section title="Open requests">
          <ul className="grid items-start gap-4 lg:grid-cols-2">
            {open.map((approval) => (
              <ApprovalCard key={approval.id} approval={approval} onCarryOut={() => setCarriedOut(approval)} />
            ))}
          </ul>
        </Section>
      )}
      {decided === 'shown' && approvals && (
        <Section title="Decided">
          <DecidedTable approvals={approvals.filter((approval) => !isOpen(approval))} />
        </Section>
      )}
      {carriedOut && <CarryOutDialog approval={carriedOut} open onClose={() => setCarriedOut(undefined)} />}
    </Page>
  );
}

function sentence(open: readonly Approval[]): string {
  const pending = open.filter(({ state }) => state === ApprovalState.PENDING);
  const mine = open.filter((one) => mayDo(one, 'approve')).length;
  const ready = open.filter((one) => mayDo(one, 'carry_out')).length;
  const facts = [
    mine > 0 && `${mine} of them for you`,
    ready > 0 && `${ready} approved ${ready === 1 ? 'one is' : 'ones are'} yours to carry out`,
  ].filter((fact) => fact !== false);
  const head =
    pending.length === 0
      ? 'Nothing waits for a decision'
      : pending.length === 1
        ? '1 request waits for a second person'
        : `${pending.length} requests wait for a second person`;
  return facts.length === 0 ? `${head}.` : `${head}; ${facts.join(', ')}.`;
}
