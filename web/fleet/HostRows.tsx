import { useCallback, useMemo, type ReactNode } from 'react';
import type { FleetComponent, FleetHost } from '#proto/muster/v1/fleet_pb.js';
import { usePrinting } from '../parts/usePrinting.ts';
import { useVirtualRows, type DrawnRow } from '../parts/useVirtualRows.ts';
import { componentGrid } from './ComponentRow.tsx';
import { HostRow, hostGrid } from './HostRow.tsx';
import { PrintedHosts } from './PrintedHosts.tsx';
import { drawnByGroup, linesOf, type HostGroup, type Lines } from './groups.ts';

interface HostRowsProps {
  readonly groups: readonly HostGroup[];
  /** What stands below each component. Give the same function again, or all rows are drawn anew. */
  readonly below?: (host: FleetHost, component: FleetComponent) => ReactNode;
}

/** The hosts of the fleet, each with what is deployed on it. Those are drawn that are near; printed, all are. */
export function HostRows({ groups, below }: HostRowsProps) {
  const printing = usePrinting();
  return printing ? <PrintedHosts groups={groups} /> : <DrawnHosts groups={groups} below={below} />;
}

/** Roughly, in pixels, until a row is drawn; components stand in columns where the window is wide, else below each other. */
const heights = { heading: 40, frame: 2, inColumns: 92, stacked: 215, host: 46 };
const columnsFrom = 1180;
const gap = 10;

function roughHeight(host: FleetHost | undefined): number {
  if (host === undefined) return heights.heading;
  const components = Math.max(1, host.components.length);
  return window.innerWidth >= columnsFrom
    ? heights.frame + heights.inColumns * components
    : heights.frame + heights.host + heights.stacked * components;
}

function DrawnHosts({ groups, below }: HostRowsProps) {
  const lines = useMemo(() => linesOf(groups), [groups]);
  const height = useCallback((index: number) => roughHeight(lines.hostAt(index)), [lines]);
  const keyOf = useCallback((index: number) => lines.keyAt(index), [lines]);
  const { rows, spaceAfter, list, row, onFocus, onBlur } = useVirtualRows<HTMLDivElement>({
    count: lines.count,
    height,
    keyOf,
    gap,
    overscan: 3,
  });
  return (
    <div className="@container flex flex-col gap-2">
      <ColumnHeads />
      <div ref={list} onFocus={onFocus} onBlur={onBlur} style={{ paddingBottom: spaceAfter }}>
        {drawnByGroup(lines, rows).map(({ group, drawn }) => (
          <Group key={group.name} group={group} lines={lines} drawn={drawn} rowRef={row} below={below} />
        ))}
      </div>
    </div>
  );
}

interface GroupProps extends Pick<HostRowsProps, 'below'> {
  readonly group: HostGroup;
  readonly lines: Lines;
  readonly drawn: readonly DrawnRow[];
  readonly rowRef: ReturnType<typeof useVirtualRows>['row'];
}

/** What is near of one group. Everyone is told how many there are, and which of them this is. */
function Group({ group: { name, hosts }, lines, drawn, rowRef, below }: GroupProps) {
  const [first, ...others] = drawn;
  const heading = first && lines.hostAt(first.index) === undefined ? first : undefined;
  return (
    <div className="flow-root">
      {heading && (
        <h2
          ref={rowRef}
          data-index={heading.index}
          style={{ marginTop: heading.spaceBefore }}
          className="flex items-baseline gap-2 px-4 pt-3 text-section"
        >
          {name}
          <span className="text-small font-normal text-ink-faint">
            {hosts.length} {hosts.length === 1 ? 'host' : 'hosts'}
          </span>
        </h2>
      )}
      <ul aria-label={name || 'Hosts'} className="flow-root">
        {(heading ? others : drawn).map(({ index, key, spaceBefore }) => {
          const host = lines.hostAt(index);
          return (
            host && (
              <li
                key={key}
                ref={rowRef}
                data-index={index}
                aria-setsize={hosts.length}
                aria-posinset={lines.placeAt(index)}
                style={{ marginTop: spaceBefore }}
              >
                <HostRow host={host} below={below} />
              </li>
            )
          );
        })}
      </ul>
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
