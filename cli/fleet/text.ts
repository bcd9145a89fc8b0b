import { ComponentState, type FleetComponent, type FleetHost, type FleetSummary } from '#proto/muster/v1/fleet_pb.js';
import { tableOf, type Column } from '../output/table.ts';
import { sayWhen } from '../output/time.ts';
import { enumWord } from '../output/words.ts';

interface Row {
  readonly host: FleetHost;
  readonly component: FleetComponent;
}

const columns: readonly Column<Row>[] = [
  { heading: 'HOST', cell: ({ host }) => host.hostName },
  { heading: 'COMPONENT', cell: ({ component }) => component.component },
  { heading: 'STATE', cell: ({ component }) => enumWord(ComponentState, component.state) },
  { heading: 'COMMIT', cell: ({ component }) => component.running?.sha.slice(0, 12) ?? '' },
  { heading: 'SUBJECT', cell: ({ component }) => shortened(component.running?.subject ?? '') },
  { heading: 'REPORTED', cell: ({ component }) => sayWhen(component.reportedAt) },
  { heading: 'WHY', cell: ({ component }) => [component.sentence, component.nextStep].filter(Boolean).join(' ') },
];

/** The fleet as text: one sentence, one row per component, worst first. */
export function fleetText(summary: FleetSummary, hosts: readonly FleetHost[]): string {
  const rows = hosts
    .toSorted((a, b) => a.state - b.state || a.hostName.localeCompare(b.hostName))
    .flatMap((host) => host.components.map((component) => ({ host, component })));
  return rows.length === 0 ? `${summary.sentence}\n` : `${summary.sentence}\n\n${tableOf(rows, columns)}`;
}

const shortened = (text: string) => (text.length > 40 ? `${text.slice(0, 39)}…` : text);
