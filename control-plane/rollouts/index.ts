import type { HostCalls } from '../hosts/index.ts';
import type { Loop } from '../loops/index.ts';
import { driveCommands } from './drive.ts';
import { reconcileRollouts } from './reconcile.ts';

export { findFailedRollouts, type FailedRollout } from './failed.ts';
export { rolloutRoutes } from './rpc.ts';

/** One brings rollouts forward; each replica lets the hosts that are connected to it run their commands. */
export const rolloutLoops = (calls: HostCalls): Loop[] => [
  {
    name: 'rollouts.reconcile',
    everyMs: 2_000,
    wakeOn: ['rollout', 'fleet', 'connection'],
    singleton: true,
    run: reconcileRollouts,
  },
  {
    name: 'rollouts.commands',
    // What commands write is read this often.
    everyMs: 1_000,
    wakeOn: ['rollout', 'connection'],
    singleton: false,
    run: (context) => driveCommands(context, calls),
  },
];
