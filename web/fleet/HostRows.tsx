import { memo } from 'react';
import { Link } from '@tanstack/react-router';
import type { FleetHost } from '#proto/muster/v1/fleet_pb.js';
import { HostStatus } from '#proto/muster/v1/host_pb.js';
import { hostStatusLooks } from '../hosts/status.ts';
import { Panel } from '../parts/Page.tsx';
import { StatusPill } from '../parts/Status.tsx';
import { paths } from '../paths.ts';
import { RelativeTime } from '../time/RelativeTime.tsx';
import { firstHosts, type HostGroup } from './groups.ts';
import { ReportsRefused } from './ReportsRefused.tsx';
import { useGrowing } from './useGrowing.ts';
import { componentGrid, ComponentRow } from './ComponentRow.tsx';

/** Where the host's own column stands beside its components. */
const hostGrid = '@columns:grid @columns:grid-cols-[11rem_minmax(0,1fr)]';

/** The hosts of the fleet, each with everything that is deployed on it. Of very many, those are drawn that are near. */
export function HostRows({ groups }: { groups: readonly HostGroup[] }) {
  const total = groups.reduce((sum, { hosts }) => sum + hosts.length, 0);
  const { shown, end } = useGrowing(total);
  const sizes = new Map(groups.map(({ name, hosts }) => [name, hosts.length]));
  return (
    <div className="@container flex flex-col gap-2">
      <ColumnHeads />
      {firstHosts(groups, shown).map(({ name, hosts }) => (
        <div key={name} className="flex flex-col gap-2 not-first:mt-2">
          {name !== '' && (
            <h2 className="flex items-baseline gap-2 px-4 text-section">
              {name}
              <span className="text-small font-normal text-ink-faint">
                {sizes.get(name)} {sizes.get(name) === 1 ? 'host' : 'hosts'}
              </span>
            </h2>
          )}
          <ul aria-label={name || 'Hosts'} className="flex flex-col gap-2.5">
            {hosts.map((host) => (
              <li key={host.hostId} className="-m-1 p-1 [contain-intrinsic-size:auto_9rem] [content-visibility:auto]">
                <HostRow host={host} />
              </li>
            ))}
          </ul>
        </div>
      ))}
      <div ref={end} className="text-center text-small text-ink-faint">
        {shown < total && `${shown} of ${total} hosts are drawn; more come as you scroll.`}
      </div>
    </div>
  );
}

/** The headings; each value carries its own for those who do not see them. */
function ColumnHeads() {
  return (
    <div aria-hidden className={`hidden text-small font-medium text-ink-faint ${hostGrid}`}>
      <span className="px-4">Host</span>
      <div className={`${componentGrid} px-4`}>
        <span>Component and what it runs</span>
        <span>State</span>
        <span>Why, and what to do</span>
        <span>Reported</span>
      </div>
    </div>
  );
}

/** Drawn anew when its host has changed, not when another has. */
const HostRow = memo(function HostRow({ host }: { host: FleetHost }) {
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
            <ComponentRow key={component.component} component={component} />
          ))}
        </ul>
      )}
    </Panel>
  );
});
