import { useMutation } from '@connectrpc/connect-query';
import { useQueryClient } from '@tanstack/react-query';
import { IdentityService, type Approval } from '#proto/muster/v1/identity_pb.js';
import { AsCommand } from '../commands/AsCommand.tsx';
import { commandLines } from '../commands/command-lines.ts';
import { Confirm } from '../parts/Confirm.tsx';
import { useTell } from '../problems/useReport.ts';
import { RequestFacts } from './RequestFacts.tsx';
import { askedFor } from './words.ts';

export interface ApprovalDialogProps {
  readonly approval: Approval;
  readonly open: boolean;
  readonly onClose: () => void;
}

/** Approves exactly this request, as its second person. */
export function ApproveDialog({ approval, open, onClose }: ApprovalDialogProps) {
  const approve = useMutation(IdentityService.method.approveRequest);
  const queries = useQueryClient();
  const tell = useTell();
  return (
    <Confirm
      open={open}
      onClose={onClose}
      title={`Approve: ${askedFor(approval)}`}
      action="Approve exactly this"
      look="primary"
      onConfirm={async () => {
        await approve.mutateAsync({ approvalId: approval.id });
        tell(`Approved: ${approval.requestedByName} can carry it out within 24 hours.`);
        await queries.invalidateQueries();
      }}
      command={<AsCommand lines={commandLines.approveRequest(approval.id)} />}
    >
      <div className="flex flex-col gap-3">
        <RequestFacts approval={approval} />
        <p>
          {approval.requestedByName} can carry out exactly this, once, within 24 hours. Whatever differs in any field
          waits anew.
        </p>
      </div>
    </Confirm>
  );
}

/** Rejects a request, also one that was approved and not yet carried out. */
export function RejectDialog({ approval, open, onClose }: ApprovalDialogProps) {
  const reject = useMutation(IdentityService.method.rejectRequest);
  const queries = useQueryClient();
  const tell = useTell();
  return (
    <Confirm
      open={open}
      onClose={onClose}
      title={`Reject: ${askedFor(approval)}`}
      action="Reject this request"
      onConfirm={async () => {
        await reject.mutateAsync({ approvalId: approval.id });
        tell('The request is rejected.');
        await queries.invalidateQueries();
      }}
      command={<AsCommand lines={commandLines.rejectRequest(approval.id)} />}
    >
      Nothing happens. {approval.requestedByName} can ask again.
    </Confirm>
  );
}
