import {
  ArrowUpFromLine,
  CircleCheck,
  CircleDashed,
  CircleHelp,
  Clock,
  FilePen,
  GitFork,
  History,
  Pin,
  RefreshCw,
  RotateCw,
  ShieldQuestionMark,
  Unplug,
} from 'lucide-react';
import { ComponentState } from '#proto/muster/v1/fleet_pb.js';
import type { StatusLook } from '../parts/Status.tsx';

/** How each state of a component looks, everywhere. Green is only what runs main now. */
export const componentStateLooks: Record<ComponentState, StatusLook> = {
  [ComponentState.UNSPECIFIED]: { tone: 'unknown', word: 'Unknown', icon: CircleHelp },
  [ComponentState.NEVER_REPORTED]: { tone: 'unknown', word: 'Never reported', icon: CircleDashed },
  [ComponentState.STALE]: { tone: 'unknown', word: 'Stale', icon: Clock },
  [ComponentState.PROBE_FAILED]: { tone: 'unknown', word: 'Probe failed', icon: Unplug },
  [ComponentState.UNKNOWN_SHA]: { tone: 'unknown', word: 'Unknown commit', icon: CircleHelp },
  [ComponentState.HEAD_UNKNOWN]: { tone: 'unknown', word: 'Head unknown', icon: CircleHelp },
  [ComponentState.DIRTY]: { tone: 'wrong', word: 'Dirty', icon: FilePen },
  [ComponentState.DIVERGED]: { tone: 'wrong', word: 'Diverged', icon: GitFork },
  [ComponentState.AHEAD]: { tone: 'attention', word: 'Ahead', icon: ArrowUpFromLine },
  [ComponentState.UNVERIFIED]: { tone: 'attention', word: 'Unverified', icon: ShieldQuestionMark },
  [ComponentState.RESTART_PENDING]: { tone: 'attention', word: 'Restart pending', icon: RotateCw },
  [ComponentState.BEHIND]: { tone: 'attention', word: 'Behind', icon: History },
  [ComponentState.ROLLING_OUT]: { tone: 'moving', word: 'Rolling out', icon: RefreshCw },
  [ComponentState.PINNED]: { tone: 'idle', word: 'Pinned', icon: Pin },
  [ComponentState.CURRENT]: { tone: 'good', word: 'Current', icon: CircleCheck },
};

/** States as they stand in the address of the filtered page. */
export const componentStateWords: Readonly<Record<string, ComponentState>> = {
  'never-reported': ComponentState.NEVER_REPORTED,
  stale: ComponentState.STALE,
  'probe-failed': ComponentState.PROBE_FAILED,
  'unknown-commit': ComponentState.UNKNOWN_SHA,
  'head-unknown': ComponentState.HEAD_UNKNOWN,
  dirty: ComponentState.DIRTY,
  diverged: ComponentState.DIVERGED,
  ahead: ComponentState.AHEAD,
  unverified: ComponentState.UNVERIFIED,
  'restart-pending': ComponentState.RESTART_PENDING,
  behind: ComponentState.BEHIND,
  'rolling-out': ComponentState.ROLLING_OUT,
  pinned: ComponentState.PINNED,
  current: ComponentState.CURRENT,
};

/** The word of a state in an address. */
export const wordOfState = (state: ComponentState): string | undefined =>
  Object.entries(componentStateWords).find(([, candidate]) => candidate === state)?.[0];
