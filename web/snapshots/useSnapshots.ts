import { useQuery } from '@connectrpc/connect-query';
import { SnapshotService } from '#proto/muster/v1/snapshot_pb.js';

/** There is no stream of snapshots; while somebody looks they are asked for so often. */
const everyMs = 3000;

/** The active team's snapshots, newest first, kept up to date; of one sandbox where its id is given. */
export const useSnapshots = (sandboxId = '') =>
  useQuery(SnapshotService.method.listSnapshots, { sandboxId, pageSize: 1000 }, { refetchInterval: everyMs });
