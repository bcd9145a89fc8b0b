import type { MessageInitShape } from '@bufbuild/protobuf';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import type { DriftSchema } from '#proto/muster/v1/host_pb.js';
import type { Drift } from './store.ts';

/** Drift as operators read it. */
export function driftToProto(drift: Drift | undefined): MessageInitShape<typeof DriftSchema> | undefined {
  if (!drift) return undefined;
  const { since, hostId, lostSteps, hosts, held, windowUntil, reestablished } = drift;
  return {
    since: timestampFromDate(since),
    hostId: hostId ?? '',
    lostSteps,
    hosts,
    windowUntil: windowUntil ? timestampFromDate(windowUntil) : undefined,
    reestablishedHosts: reestablished,
    finding:
      held === 0
        ? 'What hosts run is what the database says, as far as they were compared.'
        : `${held === 1 ? '1 difference' : `${held} differences`} between the database and its hosts ${held === 1 ? 'waits' : 'wait'} for a decision.`,
  };
}
