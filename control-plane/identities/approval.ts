import { allow, type Rule } from '../state-rules.ts';

export type Operation = 'create' | 'create_credential' | 'rotate' | 'resume';
export type ApprovalState = 'pending' | 'approved' | 'rejected' | 'expired' | 'done';

/** A request that waits, or waited, for a second person. */
export interface Approval {
  readonly id: string;
  readonly teamId: string;
  readonly operation: Operation;
  readonly identityId: string | null;
  readonly identityName: string;
  /** JSON: exactly this is approved. */
  readonly request: string;
  readonly requestedBy: string;
  readonly requestedByName: string;
  readonly requestedAt: Date;
  readonly requestedMicros: string;
  readonly expiresAt: Date;
  readonly state: ApprovalState;
  readonly decidedBy: string | null;
  readonly decidedByName: string | null;
  readonly decidedAt: Date | null;
}

export const approvalActions = {
  approve: allow<ApprovalState>(['pending'], 'This request does not wait for an approval any more.'),
  reject: allow<ApprovalState>(['pending', 'approved'], 'This request was decided or carried out before.'),
} satisfies Record<string, Rule<ApprovalState>>;
