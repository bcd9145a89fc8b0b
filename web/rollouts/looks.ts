import {
  Ban,
  CircleCheck,
  CircleDashed,
  CircleHelp,
  CircleX,
  CirclePause,
  FastForward,
  LoaderCircle,
  ScanSearch,
  SkipForward,
  Undo2,
} from 'lucide-react';
import { RolloutState, UpdateState } from '#proto/muster/v1/rollout_pb.js';
import type { StatusLook } from '../parts/Status.tsx';

/** How each state of a rollout looks. */
export const rolloutLooks: Record<RolloutState, StatusLook> = {
  [RolloutState.UNSPECIFIED]: { tone: 'unknown', word: 'Unknown', icon: CircleHelp },
  [RolloutState.RUNNING]: { tone: 'moving', word: 'Running', icon: LoaderCircle },
  [RolloutState.PAUSED]: { tone: 'idle', word: 'Paused', icon: CirclePause },
  [RolloutState.STOPPING]: { tone: 'attention', word: 'Stopping', icon: Ban },
  [RolloutState.SUCCEEDED]: { tone: 'good', word: 'Succeeded', icon: CircleCheck },
  [RolloutState.FAILED]: { tone: 'wrong', word: 'Failed', icon: CircleX },
  [RolloutState.ABORTED]: { tone: 'idle', word: 'Aborted', icon: Ban },
};

/** How each state of a component on a host looks, in a rollout. */
export const updateLooks: Record<UpdateState, StatusLook> = {
  [UpdateState.UNSPECIFIED]: { tone: 'unknown', word: 'Unknown', icon: CircleHelp },
  [UpdateState.QUEUED]: { tone: 'idle', word: 'Waiting', icon: CircleDashed },
  [UpdateState.RUNNING]: { tone: 'moving', word: 'Updating', icon: LoaderCircle },
  [UpdateState.VERIFYING]: { tone: 'moving', word: 'Verifying', icon: ScanSearch },
  [UpdateState.RETURNING]: { tone: 'attention', word: 'Returning', icon: Undo2 },
  [UpdateState.SUCCEEDED]: { tone: 'good', word: 'Done', icon: CircleCheck },
  [UpdateState.FAILED]: { tone: 'wrong', word: 'Failed', icon: CircleX },
  [UpdateState.SUPERSEDED]: { tone: 'idle', word: 'Taken over', icon: FastForward },
  [UpdateState.ABORTED]: { tone: 'idle', word: 'Aborted', icon: Ban },
  [UpdateState.SKIPPED]: { tone: 'idle', word: 'Left out', icon: SkipForward },
};

/** From done to waiting, as they stand in the bar and the legend. */
const barOrder: readonly UpdateState[] = [
  UpdateState.SUCCEEDED,
  UpdateState.VERIFYING,
  UpdateState.RUNNING,
  UpdateState.RETURNING,
  UpdateState.FAILED,
  UpdateState.ABORTED,
  UpdateState.SKIPPED,
  UpdateState.SUPERSEDED,
  UpdateState.QUEUED,
];

/** Counts in the order of the bar. */
export const inBarOrder = <Count extends { readonly state: UpdateState }>(counts: readonly Count[]): readonly Count[] =>
  counts.toSorted((one, other) => barOrder.indexOf(one.state) - barOrder.indexOf(other.state));

/** Nothing more happens in it. */
export const isOver = (state: RolloutState): boolean =>
  state === RolloutState.SUCCEEDED || state === RolloutState.FAILED || state === RolloutState.ABORTED;

/** Its name: `Canaries` or `Batch 2`. */
export const batchName = (batch: number): string => (batch === 0 ? 'Canaries' : `Batch ${batch}`);
