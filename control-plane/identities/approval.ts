import type { TeamRole } from '../access/index.ts';
import { allow, type Rule } from '../state-rules.ts';

export type Operation = 'create' | 'create_credential' | 'rotate' | 'resume';
export type ApprovalState = 'pending' | 'approved' | 'rejected' | 'expired' | 'done';

/** A request that waits, or waited, for a second person. */
export interface Approval {
  readonly id: string;
  readonly teamId: string;
  readonly teamName: string;
  /** How many owners the team has now who may sign in: one who is locked out approves nothing. */
  readonly owners: number;
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
  carryOut: allow<ApprovalState>(
    ['approved'],
    'Only a request that was approved, and not yet used, can be carried out.',
  ),
  reject: allow<ApprovalState>(['pending', 'approved'], 'This request was decided or carried out before.'),
} satisfies Record<string, Rule<ApprovalState>>;

/** Somebody who may decide. */
interface Decider {
  readonly userId: string;
  /** In the request's team. */
  readonly role: TeamRole | undefined;
  readonly platformAdmin: boolean;
}

/** Why somebody may not be the second person of a request; undefined where they may. */
export function secondPersonRefusal({ requestedBy, owners }: Approval, decider: Decider): string | undefined {
  if (decider.userId === requestedBy) return 'You asked for this yourself: a second person has to approve it.';
  if (decider.role === 'owner') return undefined;
  if (!decider.platformAdmin) return 'Only an owner of the team may approve this.';
  return owners > 1 ? 'This team has more than one owner: one of them has to approve this.' : undefined;
}
