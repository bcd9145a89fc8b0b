import { CircleCheck, CircleHelp, CircleX, ShieldX } from 'lucide-react';
import { AuditOutcome } from '#proto/muster/v1/audit_pb.js';
import type { StatusLook } from '../parts/Status.tsx';

/** How an attempt's end looks. Done is the rule and stays quiet. */
export const outcomeLooks: Record<AuditOutcome, StatusLook> = {
  [AuditOutcome.UNSPECIFIED]: { tone: 'unknown', word: 'Unknown', icon: CircleHelp },
  [AuditOutcome.DONE]: { tone: 'idle', word: 'Done', icon: CircleCheck },
  [AuditOutcome.DENIED]: { tone: 'attention', word: 'Denied', icon: ShieldX },
  [AuditOutcome.FAILED]: { tone: 'wrong', word: 'Failed', icon: CircleX },
};
