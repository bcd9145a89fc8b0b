import { create, toJson, type MessageInitShape } from '@bufbuild/protobuf';
import {
  BuildSource,
  ComponentState,
  Evidence,
  FleetComponentSchema,
  FleetExportFormat,
  type ExportFleetResponseSchema,
} from '#proto/muster/v1/fleet_pb.js';
import { csvCell } from '../audit/index.ts';
import { buildSourceToProto } from './build-source.ts';
import { narrowed, type Scope } from './scope.ts';
import { componentToProto } from './to-proto.ts';
import type { ComponentView, FleetView, HostView } from './views.ts';

/** A line of the file: a host has one for each component, or one without any. */
interface Row {
  readonly host: HostView;
  readonly component: ComponentView | undefined;
}

const word = (name: string | undefined) => (name ?? '').toLowerCase();
const time = (at: Date | null | undefined) => at?.toISOString() ?? '';
const labelsOf = ({ labels }: HostView) =>
  Object.entries(labels)
    .toSorted(([one], [other]) => one.localeCompare(other))
    .map(([key, value]) => `${key}=${value}`)
    .join(' ');

const columns = {
  host_id: ({ host }) => host.id,
  host: ({ host }) => host.name,
  host_status: ({ host }) => host.status,
  last_seen_at: ({ host }) => time(host.lastSeenAt),
  labels: ({ host }) => labelsOf(host),
  component: ({ component }) => component?.report.component,
  repository: ({ component }) => component?.report.repository,
  state: ({ host, component }) => word(ComponentState[component?.state ?? host.state]),
  running_sha: ({ component }) => component?.running?.sha,
  running_subject: ({ component }) => component?.running?.subject,
  running_author: ({ component }) => component?.running?.author,
  on_disk_sha: ({ component }) => component?.onDisk?.sha,
  target_sha: ({ component }) => component?.target?.sha,
  behind: ({ component }) => component && String(component.behind),
  ahead: ({ component }) => component && String(component.ahead),
  behind_since: ({ component }) => time(component?.behindSince),
  dirty: ({ component }) => component && String(component.report.dirty),
  build_source: ({ component }) => component && word(BuildSource[buildSourceToProto(component.report.buildSource)]),
  evidence: ({ component }) => component && word(Evidence[component.evidence]),
  started_at: ({ component }) => time(component?.report.startedAt),
  reported_at: ({ component }) => time(component?.report.reportedAt),
  pinned_at_sha: ({ component }) => component?.pin?.sha,
  pin_reason: ({ component }) => component?.pin?.reason,
  why: ({ component }) => component?.sentence,
  next_step: ({ component }) => component?.nextStep,
} satisfies Record<string, (row: Row) => string | undefined>;

const csvHead = `${Object.keys(columns).join(',')}\r\n`;
const csvLine = (row: Row): string =>
  `${Object.values(columns)
    .map((value) => csvCell(value(row) ?? ''))
    .join(',')}\r\n`;

const jsonLine = ({ host, component }: Row): string =>
  `${JSON.stringify({
    hostId: host.id,
    hostName: host.name,
    labels: host.labels,
    component: component
      ? toJson(FleetComponentSchema, create(FleetComponentSchema, componentToProto(component)))
      : null,
  })}\n`;

type Piece = MessageInitShape<typeof ExportFleetResponseSchema>;

/** Some hundred KiB at a time. */
const rowsAtOnce = 500;

/** The fleet as a file: what the caller may see of it, worst first. */
export function* exportFleet(view: FleetView, scope: Scope, format: FleetExportFormat): Generator<Piece> {
  const [head, line] = format === FleetExportFormat.CSV ? [csvHead, csvLine] : ['', jsonLine];
  const rows = narrowed(view, scope).flatMap((host): Row[] =>
    host.components.length === 0
      ? [{ host, component: undefined }]
      : host.components.map((component) => ({ host, component })),
  );
  if (head !== '') yield piece(head, 0);
  for (let at = 0; at < rows.length; at += rowsAtOnce) {
    const some = rows.slice(at, at + rowsAtOnce);
    yield piece(some.map(line).join(''), some.length);
  }
}

const piece = (text: string, rows: number): Piece => ({ data: new TextEncoder().encode(text), rows });
