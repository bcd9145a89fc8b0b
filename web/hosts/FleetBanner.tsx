import { useQuery } from '@connectrpc/connect-query';
import { HostService } from '#proto/muster/v1/host_pb.js';
import { FleetConditionNote } from './FleetConditionNote.tsx';

/** On every page, so it is asked for instead of followed: no page spends a stream on it. */
const everyMs = 5_000;

/** What concerns the whole fleet, above every page. Nothing most of the time. */
export function FleetBanner() {
  const { data } = useQuery(HostService.method.getFleetCondition, {}, { refetchInterval: everyMs, retry: false });
  const condition = data?.condition;
  if (!condition?.disruption && !condition?.driftSince) return null;
  return (
    <div className="mx-auto w-full max-w-page px-4 pt-5 md:px-8">
      <FleetConditionNote condition={condition} />
    </div>
  );
}
