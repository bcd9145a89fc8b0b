import { Fragment, useContext } from 'react';
import type { FleetComponent, FleetHost } from '#proto/muster/v1/fleet_pb.js';
import { toMs } from '../live/server-time.ts';
import { exactTime } from '../time/relative.ts';
import { ClockContext } from '../time/useTime.ts';
import { componentStateLooks } from './component-states.ts';
import { StaleAfter, stateNow } from './freshness.ts';
import type { HostGroup } from './groups.ts';

const heads = ['Host', 'Component', 'State', 'Commit', 'Why, and what to do', 'Reported'] as const;
const shownSha = 7;

/** The hosts as they stand on paper: every one of them, with exact times, for paper does not tick. */
export function PrintedHosts({ groups }: { groups: readonly HostGroup[] }) {
  const nowMs = useContext(ClockContext).now();
  return (
    <table aria-label="Hosts" className="w-full border-collapse text-left text-small">
      <thead>
        <tr className="border-b border-line-strong">
          {heads.map((head) => (
            <th key={head} scope="col" className="py-1 pr-3 font-medium">
              {head}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {groups.map(({ name, hosts }) => (
          <Fragment key={name}>
            {name !== '' && (
              <tr className="break-after-avoid">
                <th colSpan={heads.length} scope="rowgroup" className="pt-3 pb-1 text-table">
                  {name} ({hosts.length})
                </th>
              </tr>
            )}
            {hosts.map((host) => (
              <PrintedHost key={host.hostId} host={host} nowMs={nowMs} />
            ))}
          </Fragment>
        ))}
      </tbody>
    </table>
  );
}

function PrintedHost({ host, nowMs }: { host: FleetHost; nowMs: number }) {
  if (host.components.length === 0)
    return (
      <tr className="break-inside-avoid border-t border-line align-top">
        <th scope="row" className="min-w-28 py-1 pr-3 font-medium wrap-anywhere">
          {host.hostName}
        </th>
        <td colSpan={heads.length - 1} className="py-1">
          It has reported no component yet.
        </td>
      </tr>
    );
  return host.components.map((component, at) => (
    <tr key={component.component} className="break-inside-avoid border-t border-line align-top">
      <th scope="row" className="min-w-28 py-1 pr-3 font-medium wrap-anywhere">
        {at === 0 ? host.hostName : <span className="sr-only">{host.hostName}</span>}
      </th>
      <PrintedComponent component={component} nowMs={nowMs} />
    </tr>
  ));
}

function PrintedComponent({ component, nowMs }: { component: FleetComponent; nowMs: number }) {
  const limitMs = useContext(StaleAfter);
  const reportedMs = toMs(component.reportedAt);
  return (
    <>
      <td className="py-1 pr-3 wrap-anywhere">{component.component}</td>
      <td className="py-1 pr-3 whitespace-nowrap">{componentStateLooks[stateNow(component, nowMs, limitMs)].word}</td>
      <td className="py-1 pr-3">
        <code>{component.running?.sha.slice(0, shownSha) ?? '–'}</code> {component.running?.subject}
      </td>
      <td className="py-1 pr-3">
        {component.sentence} {component.nextStep}
      </td>
      <td className="min-w-24 py-1">{reportedMs === undefined ? '–' : exactTime(reportedMs)}</td>
    </>
  );
}
