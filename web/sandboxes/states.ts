import {
  CircleDashed,
  CircleHelp,
  CirclePause,
  CirclePlay,
  CircleStop,
  CircleX,
  LoaderCircle,
  Trash2,
} from 'lucide-react';
import { ObservedState, WantedState, type Sandbox } from '#proto/muster/v1/sandbox_pb.js';
import type { StatusLook } from '../parts/Status.tsx';

/** How what is looks, everywhere. */
export const observedLooks: Record<ObservedState, StatusLook> = {
  [ObservedState.UNSPECIFIED]: { tone: 'unknown', word: 'Unknown', icon: CircleHelp },
  [ObservedState.PENDING]: { tone: 'moving', word: 'Starting', icon: CircleDashed },
  [ObservedState.RUNNING]: { tone: 'good', word: 'Running', icon: CirclePlay },
  [ObservedState.PAUSED]: { tone: 'idle', word: 'Paused', icon: CirclePause },
  [ObservedState.STOPPED]: { tone: 'idle', word: 'Stopped', icon: CircleStop },
  [ObservedState.DESTROYED]: { tone: 'idle', word: 'Destroyed', icon: Trash2 },
  [ObservedState.FAILED]: { tone: 'wrong', word: 'Failed', icon: CircleX },
  [ObservedState.MISSING]: { tone: 'unknown', word: 'Missing', icon: CircleHelp },
};

/** What each wanted state comes to once it is reached. */
const reached: Record<WantedState, ObservedState> = {
  [WantedState.UNSPECIFIED]: ObservedState.UNSPECIFIED,
  [WantedState.RUNNING]: ObservedState.RUNNING,
  [WantedState.PAUSED]: ObservedState.PAUSED,
  [WantedState.STOPPED]: ObservedState.STOPPED,
  [WantedState.DESTROYED]: ObservedState.DESTROYED,
};

/** Whether a sandbox is over: nothing changes it any more. */
export const hasEnded = ({ observed }: Sandbox): boolean =>
  observed === ObservedState.DESTROYED || observed === ObservedState.FAILED;

/** How a sandbox's state looks: what is, or, on the way to what is wanted, the server's word for that. */
export function sandboxLook(sandbox: Sandbox): StatusLook {
  const { observed, wanted, stateLabel } = sandbox;
  const look = observedLooks[observed];
  const settled = hasEnded(sandbox) || observed === ObservedState.MISSING || reached[wanted] === observed;
  const word = stateLabel || look.word;
  return settled ? { ...look, word } : { tone: 'moving', word, icon: LoaderCircle };
}

/** States as they stand in the address of a filtered list. */
export const sandboxStateWords = {
  pending: ObservedState.PENDING,
  running: ObservedState.RUNNING,
  paused: ObservedState.PAUSED,
  stopped: ObservedState.STOPPED,
  missing: ObservedState.MISSING,
  failed: ObservedState.FAILED,
  destroyed: ObservedState.DESTROYED,
} as const;
export type SandboxStateWord = keyof typeof sandboxStateWords;
