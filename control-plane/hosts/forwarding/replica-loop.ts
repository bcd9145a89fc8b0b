import type { Services } from '../../context.ts';
import type { Loop } from '../../loops/index.ts';
import { countOthers, renewReplica } from './store.ts';

/** Three times before a replica counts as dead, and its connections with it (`live_connections`). */
const renewEveryMs = 5_000;
/** Longer than one that was killed, and started anew where it was, still counts as alive. */
const wrongRuns = 5;

/** Says that this replica lives, and where; warns once where that cannot be the address by which others reach it. */
export function replicaLoop({ replicaId: id, replicaUrl: url, build: { version }, config, log }: Services): Loop {
  let wrong = 0;
  return {
    name: 'hosts.replica',
    everyMs: renewEveryMs,
    singleton: false,
    async run({ sql }) {
      await renewReplica(sql, { id, url, version });
      const { others, sameUrl } = await countOthers(sql, { id, url });
      // No certificate is for the address that a replica listens on.
      const unnamed = others > 0 && config.tls !== undefined && config.replicaUrl === undefined;
      wrong = unnamed || sameUrl > 0 ? wrong + 1 : 0;
      if (wrong === wrongRuns)
        log.warn(
          { url, replicas: others + 1 },
          'other replicas cannot reach this one there: set MUSTER_REPLICA_URL on each to an address of its own',
        );
      return { url, others };
    },
  };
}
