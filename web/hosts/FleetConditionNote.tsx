import type { FleetCondition } from '#proto/muster/v1/host_pb.js';
import { RelativeTime } from '../time/RelativeTime.tsx';
import { SettleDriftButton } from './SettleDriftDialog.tsx';

/** Says what concerns the whole fleet, and what to do about it. */
export function FleetConditionNote({ condition }: { condition: FleetCondition }) {
  const { disruption, driftSince } = condition;
  return (
    <div role="status" className="flex flex-col gap-3 rounded-panel bg-attention-soft px-4 py-3 text-table">
      {disruption && (
        <p>
          <strong className="font-medium">Most hosts fell silent at once</strong>
          {disruption.online > 0 && ` (${disruption.silent} of ${disruption.online})`},{' '}
          <RelativeTime at={disruption.since} />. That is probably the control plane or its network, so none of them is
          marked for ten minutes.
        </p>
      )}
      {driftSince && (
        <>
          <p>
            <strong className="font-medium">The database is older than what hosts have seen</strong>, noticed{' '}
            <RelativeTime at={driftSince} />: an older one was restored. Nothing is stopped, destroyed or frozen by
            itself until a platform admin decides.
          </p>
          <SettleDriftButton />
        </>
      )}
    </div>
  );
}
