import {
  CircleCheck,
  CircleDashed,
  CircleHelp,
  CircleX,
  LoaderCircle,
  SkipForward,
  UserRoundMinus,
} from 'lucide-react';
import { TesterState, TesterStepKind, TesterStepState } from '#proto/muster/v1/tester_pb.js';
import type { StatusLook } from '../parts/Status.tsx';

/** How each state of a tester looks. */
export const testerLooks: Record<TesterState, StatusLook> = {
  [TesterState.UNSPECIFIED]: { tone: 'unknown', word: 'Unknown', icon: CircleHelp },
  [TesterState.PROVISIONING]: { tone: 'moving', word: 'Under way', icon: LoaderCircle },
  [TesterState.READY]: { tone: 'good', word: 'Ready', icon: CircleCheck },
  [TesterState.FAILED]: { tone: 'wrong', word: 'Failed', icon: CircleX },
  [TesterState.REMOVING]: { tone: 'attention', word: 'Going', icon: UserRoundMinus },
  [TesterState.REMOVAL_FAILED]: { tone: 'wrong', word: 'Cannot go', icon: CircleX },
};

/** How each state of a step looks; while a tester goes, of undoing it. */
export const stepLooks: Record<TesterStepState, StatusLook> = {
  [TesterStepState.UNSPECIFIED]: { tone: 'unknown', word: 'Unknown', icon: CircleHelp },
  [TesterStepState.WAITING]: { tone: 'idle', word: 'Waiting', icon: CircleDashed },
  [TesterStepState.RUNNING]: { tone: 'moving', word: 'Under way', icon: LoaderCircle },
  [TesterStepState.DONE]: { tone: 'good', word: 'Done', icon: CircleCheck },
  [TesterStepState.SKIPPED]: { tone: 'idle', word: 'Left out', icon: SkipForward },
  [TesterStepState.FAILED]: { tone: 'wrong', word: 'Failed', icon: CircleX },
};

/** What each step is called. */
export const stepNames: Record<TesterStepKind, string> = {
  [TesterStepKind.UNSPECIFIED]: 'Something else',
  [TesterStepKind.ACCOUNT]: 'Account',
  [TesterStepKind.TEAM]: 'Team',
  [TesterStepKind.KEYS]: 'Keys',
  [TesterStepKind.MACHINE]: 'Machine',
  [TesterStepKind.SANDBOX]: 'Sandbox',
  [TesterStepKind.WELCOME]: 'Welcome mail',
};

/** Whether they are on their way out. */
export const isGoing = (state: TesterState): boolean =>
  state === TesterState.REMOVING || state === TesterState.REMOVAL_FAILED;
