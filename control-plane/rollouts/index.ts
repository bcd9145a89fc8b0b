import type { Services } from '../context.ts';
import type { HostCalls } from '../hosts/index.ts';
import { openGrace, type Loop } from '../loops/index.ts';
import { driveCommands } from './drive.ts';
import { reconcileRollouts } from './reconcile.ts';

export { findFailedRollouts, type FailedRollout } from './failed.ts';
export { rolloutRoutes } from './rpc.ts';

/**
 * One brings rollouts forward; each replica lets the hosts that are connected to it run their commands. For a while after
 * a replica has started or could not reach its database, no host has failed because nothing was heard of it.
 */
export function rolloutLoops(services: Services, calls: HostCalls): Loop[] {
  const grace = openGrace(services);
  return [
    {
      name: 'rollouts.reconcile',
      everyMs: 2_000,
      wakeOn: ['rollout', 'fleet', 'connection'],
      singleton: true,
      run: (context) => reconcileRollouts(context, { inGrace: grace.lasts }),
      cutOff: () => grace.begin(),
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
}
