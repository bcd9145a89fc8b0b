import { RolloutState, UpdateState } from '#proto/muster/v1/rollout_pb.js';
import { searchText, searchWord, type RawSearch } from '../parts/search.ts';

/** What the address of the list says. */
export interface RolloutsSearch {
  readonly repository?: string | undefined;
  readonly state?: string | undefined;
}

/** What the address of the form says: what is filled in already. */
export interface NewRolloutSearch {
  readonly repository?: string | undefined;
  readonly component?: string | undefined;
  readonly host?: string | undefined;
}

/** What the address of a rollout says. */
export interface RolloutSearch {
  /** Only updates in this state. */
  readonly state?: string | undefined;
  /** Only the log of this host. */
  readonly host?: string | undefined;
}

/** States of rollouts as they stand in the address. */
export const rolloutStateWords: Readonly<Record<string, RolloutState>> = {
  running: RolloutState.RUNNING,
  paused: RolloutState.PAUSED,
  stopping: RolloutState.STOPPING,
  succeeded: RolloutState.SUCCEEDED,
  failed: RolloutState.FAILED,
  aborted: RolloutState.ABORTED,
};

/** States of updates as they stand in the address. */
export const updateStateWords: Readonly<Record<string, UpdateState>> = {
  waiting: UpdateState.QUEUED,
  updating: UpdateState.RUNNING,
  verifying: UpdateState.VERIFYING,
  returning: UpdateState.RETURNING,
  done: UpdateState.SUCCEEDED,
  failed: UpdateState.FAILED,
  superseded: UpdateState.SUPERSEDED,
  aborted: UpdateState.ABORTED,
  skipped: UpdateState.SKIPPED,
};

/** The word of an update's state in an address. */
export const wordOfUpdate = (state: UpdateState): string | undefined =>
  Object.entries(updateStateWords).find(([, candidate]) => candidate === state)?.[0];

export const parseRolloutsSearch = (raw: RawSearch): RolloutsSearch => ({
  repository: searchText(raw, 'repository'),
  state: searchWord(raw, 'state', Object.keys(rolloutStateWords)),
});

export const parseNewRolloutSearch = (raw: RawSearch): NewRolloutSearch => ({
  repository: searchText(raw, 'repository'),
  component: searchText(raw, 'component'),
  host: searchText(raw, 'host'),
});

export const parseRolloutSearch = (raw: RawSearch): RolloutSearch => ({
  state: searchWord(raw, 'state', Object.keys(updateStateWords)),
  host: searchText(raw, 'host'),
});
