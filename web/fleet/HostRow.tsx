import { Link } from '@tanstack/react-router';
import type { FleetHost } from '#proto/muster/v1/fleet_pb.js';
import { HostStatus } from '#proto/muster/v1/host_pb.js';
import { hostStatusLooks } from '../hosts/status.ts';
import { Panel } from '../parts/Page.tsx';
import { StatusPill } from '../parts/Status.tsx';
import { paths } from '../paths.ts';
import { RelativeTime } from '../time/RelativeTime.tsx';
import { ComponentRow } from './ComponentRow.tsx';

/** A host with everything that is deployed on it. */
export function HostRow({ host }: { host: FleetHost }) {
  return (
    <li>
      <Panel className="overflow-clip xl:grid xl:grid-cols-[12rem_minmax(0,1fr)]">
        <div className="flex flex-wrap items-center gap-x-3 gap-y-1 border-line px-4 py-2.5 max-xl:border-b xl:flex-col xl:items-start xl:border-r">
          <Link {...paths.host(host.hostId)} className="text-table font-semibold wrap-anywhere hover:text-link">
            {host.hostName}
          </Link>
          <StatusPill look={hostStatusLooks[host.status]} breathing={host.status === HostStatus.ONLINE} />
          <span className="text-small text-ink-faint">
            heartbeat <RelativeTime at={host.lastSeenAt} />
          </span>
        </div>
        {host.components.length === 0 ? (
          <p className="px-4 py-3 text-table text-ink-muted">
            It has reported no component yet. The agent reports itself with its first heartbeats; more are named in its config.
          </p>
        ) : (
          <ul className="divide-y divide-line">
            {host.components.map((component) => (
              <ComponentRow key={component.component} component={component} />
            ))}
          </ul>
        )}
      </Panel>
    </li>
  );
}
