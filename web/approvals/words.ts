import { CircleCheck, CircleCheckBig, CircleX, Hourglass, TimerOff } from 'lucide-react';
import { ApprovalOperation, ApprovalState, type Approval } from '#proto/muster/v1/identity_pb.js';
import type { StatusLook } from '../parts/Status.tsx';

const operations: Record<ApprovalOperation, (name: string) => string> = {
  [ApprovalOperation.UNSPECIFIED]: (name) => `Change ${name}`,
  [ApprovalOperation.CREATE]: (name) => `Create the identity ${name}`,
  [ApprovalOperation.CREATE_CREDENTIAL]: (name) => `Give ${name} one more credential`,
  [ApprovalOperation.ROTATE]: (name) => `Rotate a credential of ${name}`,
  [ApprovalOperation.RESUME]: (name) => `Resume ${name}`,
};

/** What is asked for, in one line. */
export const askedFor = ({ operation, identityName }: Approval): string => operations[operation](identityName);

export const approvalLooks: Record<ApprovalState, StatusLook> = {
  [ApprovalState.UNSPECIFIED]: { tone: 'unknown', word: 'Unknown', icon: Hourglass },
  [ApprovalState.PENDING]: { tone: 'attention', word: 'Waits for approval', icon: Hourglass },
  [ApprovalState.APPROVED]: { tone: 'good', word: 'Approved', icon: CircleCheck },
  [ApprovalState.REJECTED]: { tone: 'wrong', word: 'Rejected', icon: CircleX },
  [ApprovalState.EXPIRED]: { tone: 'idle', word: 'Expired', icon: TimerOff },
  [ApprovalState.DONE]: { tone: 'idle', word: 'Carried out', icon: CircleCheckBig },
};
