import { allow, type Rule } from '../state-rules.ts';
import type { RolloutState, UpdateState } from './rollout.ts';

/** What can be done with a rollout in which state; read by the checks and by the buttons. */
export const rolloutActions = {
  pause: allow(['running', 'paused'], 'A rollout that is over, or that stops, cannot be paused.'),
  resume: allow(['running', 'paused'], 'A rollout that is over, or that stops, cannot go on: create a new one.'),
  abort: allow(['running', 'paused', 'stopping'], 'It is over already.'),
} satisfies Record<string, Rule<RolloutState>>;

export type RolloutAction = keyof typeof rolloutActions;

/** Where an update can go from where; everything else is refused by the statement that moves it. */
export const updateMoves = {
  queued: ['running', 'succeeded', 'skipped', 'aborted', 'superseded', 'failed'],
  running: ['verifying', 'returning', 'failed', 'aborted'],
  verifying: ['succeeded', 'returning', 'failed', 'aborted'],
  // While its batch soaks, what had succeeded can turn out not to hold.
  succeeded: ['returning', 'failed'],
  returning: ['failed'],
  failed: [],
  superseded: [],
  aborted: [],
  skipped: [],
} as const satisfies Record<UpdateState, readonly UpdateState[]>;

/** Something is being done on the host, or waited for from there. */
export const isActive = ({ state }: { readonly state: UpdateState }): boolean =>
  state === 'running' || state === 'verifying' || state === 'returning';
