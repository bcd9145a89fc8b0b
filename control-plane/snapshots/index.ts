import type { Loop } from '../loops/index.ts';
import { settleInterrupted } from './create.ts';

export { withSnapshots } from './of-teams.ts';
export { withSnapshotsOnHosts } from './on-hosts.ts';
export { snapshotLayers } from './resolve.ts';
export { snapshotRoutes } from './rpc.ts';

/** Settles snapshots whose maker has died. */
export const snapshotsLoop: Loop = {
  name: 'snapshots.settle',
  everyMs: 60_000,
  singleton: true,
  run: settleInterrupted,
};
