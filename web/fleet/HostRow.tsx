import { Link } from '@tanstack/react-router';
import { memo, type ReactNode } from 'react';
import type { FleetComponent, FleetHost } from '#proto/muster/v1/fleet_pb.js';
import { HostStatus } from '#proto/muster/v1/host_pb.js';
import { hostStatusLooks } from '../hosts/status.ts';
import { Panel } from '../parts/Page.tsx';
import { StatusPill } from '../parts/Status.tsx';
import { paths } from '../paths.ts';
import { RelativeTime } from '../time/RelativeTime.tsx';
import { ComponentRow } from './ComponentRow.tsx';
import { ReportsRefused } from './ReportsRefused.tsx';

/** Where the host's own column stands beside its components. */
export const hostGrid = '@columns:grid @columns:grid-cols-[11rem_minmax(0,1fr)]';

interface HostRowProps {
  readonly host: FleetHost;
  readonly below?: ((host: FleetHost, component: FleetComponent) => ReactNode) | undefined;
}

/** A host with what is deployed on it. Drawn anew when its host has changed, not when another has. */
export const HostRow = memo(function HostRow({ host, below }: HostRowProps) {
  return (
    <Panel className={`overflow-clip ${hostGrid}`}>
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1.5 border-line px-4 py-3 @max-columns:border-b @columns:flex-col @columns:items-start @columns:border-r">
        <Link
          {...paths.host(host.hostId)}
          className="max-w-full text-table font-semibold wrap-anywhere hover:text-link"
        >
          {host.hostName}
        </Link>
        <StatusPill look={hostStatusLooks[host.status]} breathing={host.status === HostStatus.ONLINE} />
        <span className="text-small text-ink-faint">
          Heartbeat <RelativeTime at={host.lastSeenAt} />
        </span>
        <ReportsRefused host={host} />
      </div>
      {host.components.length === 0 ? (
        <p className="px-4 py-3 text-table text-ink-muted">
          It has reported no component yet. The agent reports itself with its first heartbeats; more are named in its
          config.
        </p>
      ) : (
        <ul className="divide-y divide-line">
          {host.components.map((component) => (
            <ComponentRow key={component.component} component={component}>
              {below?.(host, component)}
            </ComponentRow>
          ))}
        </ul>
      )}
    </Panel>
  );
});
