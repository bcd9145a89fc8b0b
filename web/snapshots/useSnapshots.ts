import { useQuery } from '@connectrpc/connect-query';
import { SnapshotService } from '#proto/muster/v1/snapshot_pb.js';

/** Asked for while somebody looks. A stream would hold one of the few connections that all tabs of a browser share. */
const everyMs = 2000;

/** The active team's snapshots, newest first, kept up to date; of one sandbox where its id is given. */
export const useSnapshots = (sandboxId = '') =>
  useQuery(SnapshotService.method.listSnapshots, { sandboxId, pageSize: 1000 }, { refetchInterval: everyMs });
