import { useState } from 'react';
import { ApprovalState, type Approval } from '#proto/muster/v1/identity_pb.js';
import { refusal } from '../parts/allowed.ts';
import { Button } from '../parts/Button.tsx';
import { Panel } from '../parts/Page.tsx';
import { StatusPill } from '../parts/Status.tsx';
import { Countdown, RelativeTime } from '../time/RelativeTime.tsx';
import { ApproveDialog, RejectDialog } from './DecideDialog.tsx';
import { RequestFacts } from './RequestFacts.tsx';
import { mayDo } from './useApprovals.ts';
import { approvalLooks, askedFor } from './words.ts';

/**
 * One request that waits: what exactly, who asks, until when, and what its reader may do. `onCarryOut` opens a dialog of
 * the page: the card is gone while it still shows the secret.
 */
export function ApprovalCard({ approval, onCarryOut }: { approval: Approval; onCarryOut: () => void }) {
  const [opened, setOpened] = useState<'approve' | 'reject'>();
  const close = () => setOpened(undefined);
  const approved = approval.state === ApprovalState.APPROVED;
  const why = (action: string) => refusal(approval.actions, `approval.${action}`) ?? '';
  return (
    <li aria-label={askedFor(approval)}>
      <Panel className="flex flex-col gap-3.5 p-4">
        <div className="flex flex-wrap items-start gap-x-3 gap-y-1.5">
          <div className="min-w-0 flex-1 basis-64">
            <h3 className="text-section wrap-anywhere">{askedFor(approval)}</h3>
            <p className="mt-0.5 text-table text-ink-muted">
              {approval.requestedByName} asked <RelativeTime at={approval.requestedAt} />, for {approval.teamName}
              {approved && (
                <>
                  ; {approval.decidedByName} approved it <RelativeTime at={approval.decidedAt} />
                </>
              )}
              .
            </p>
          </div>
          <StatusPill look={approvalLooks[approval.state]} />
        </div>
        <RequestFacts approval={approval} />
        <div className="flex flex-wrap items-center gap-2">
          <p className="mr-auto text-table text-ink-muted max-md:w-full">
            {approved ? 'Can be carried out for ' : 'Can be decided for '}
            {approval.expiresAt && <Countdown to={approval.expiresAt} className="font-medium text-ink" />}
          </p>
          <Button look="dangerQuiet" disabledReason={why('reject')} onClick={() => setOpened('reject')}>
            Reject
          </Button>
          {approved ? (
            <Button look="primary" disabledReason={why('carry_out')} onClick={onCarryOut}>
              Carry it out
            </Button>
          ) : (
            <Button look="primary" disabledReason={why('approve')} onClick={() => setOpened('approve')}>
              Approve
            </Button>
          )}
        </div>
        {!mayDo(approval, 'approve') && !approved && <p className="text-small text-ink-faint">{why('approve')}</p>}
      </Panel>
      <ApproveDialog approval={approval} open={opened === 'approve'} onClose={close} />
      <RejectDialog approval={approval} open={opened === 'reject'} onClose={close} />
    </li>
  );
}
