import { TriangleAlert } from 'lucide-react';
import type { FleetHost } from '#proto/muster/v1/fleet_pb.js';
import { RelativeTime } from '../time/RelativeTime.tsx';

/** Says that something spoke in the host's name without its key. Nothing where that never happened. */
export function ReportsRefused({ host }: { host: FleetHost }) {
  if (host.reportsRefusedAt === undefined) return null;
  return (
    <p
      className="flex gap-1.5 text-small text-pretty text-wrong"
      title="A report with a wrong signature, or an old number, changes nothing. The audit has it as host.reports_refused."
    >
      <TriangleAlert aria-hidden className="mt-px size-3.5 shrink-0" />
      <span>
        Reports with a wrong signature were refused <RelativeTime at={host.reportsRefusedAt} />
      </span>
    </p>
  );
}
