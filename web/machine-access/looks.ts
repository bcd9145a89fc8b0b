import { CircleCheck, CircleDashed, CircleHelp, CircleOff, CircleX, TriangleAlert, Unplug } from 'lucide-react';
import {
  HostAccessState,
  type MachineAccess,
  type SupportKey,
  type TesterSsh,
} from '#proto/muster/v1/machine_access_pb.js';
import type { StatusLook } from '../parts/Status.tsx';

/** How far a machine is, as people see it. */
export const accessLooks: Record<HostAccessState, StatusLook> = {
  [HostAccessState.UNSPECIFIED]: { tone: 'unknown', word: 'Unknown', icon: CircleHelp },
  [HostAccessState.APPLIED]: { tone: 'good', word: 'Applied', icon: CircleCheck },
  [HostAccessState.PENDING]: { tone: 'moving', word: 'Being told', icon: CircleDashed },
  [HostAccessState.UNREACHABLE]: { tone: 'unknown', word: 'Unreachable', icon: Unplug },
  [HostAccessState.FAILED]: { tone: 'wrong', word: 'Failed', icon: CircleX },
  [HostAccessState.NOT_OFFERED]: { tone: 'idle', word: 'No account', icon: CircleDashed },
};

/** Whether somebody may come in, as people see it. */
export function sshLook({ enabled, problem }: Pick<TesterSsh, 'enabled' | 'problem'>): StatusLook {
  if (!enabled) return { tone: 'idle', word: 'SSH off', icon: CircleOff };
  return problem === ''
    ? { tone: 'good', word: 'SSH on', icon: CircleCheck }
    : { tone: 'attention', word: 'SSH on', icon: TriangleAlert };
}

/** "Applied on 15 of 16 machines." */
export function accessSentence({ applied, offered, notOffered }: MachineAccess): string {
  const without =
    notOffered === 0
      ? ''
      : ` ${notOffered === 1 ? '1 machine offers' : `${notOffered} machines offer`} no account for it.`;
  if (offered === 0)
    return `No machine offers an account for it.${notOffered === 0 ? '' : ' An agent’s config names them.'}`;
  return `Applied on ${applied} of ${offered === 1 ? '1 machine' : `${offered} machines`}.${without}`;
}

/** How many machines a key is on. */
export const spreadOf = ({ installed, wanted }: Pick<SupportKey, 'installed' | 'wanted'>): string =>
  `${installed} of ${wanted}`;
