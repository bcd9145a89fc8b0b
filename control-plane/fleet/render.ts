import { create, toJsonString } from '@bufbuild/protobuf';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import {
  CommitSchema,
  FleetHostSchema,
  FleetSummarySchema,
  GetFleetResponseSchema,
  type Commit,
  type FleetHost,
  type FleetSummary,
  type GetFleetResponse,
} from '#proto/muster/v1/fleet_pb.js';
import { within, worstFirst, type Scope } from './scope.ts';
import { commitToProto, hostToProto, summaryToProto } from './to-proto.ts';
import type { CommitView, FleetView, HostView } from './views.ts';

/** The fleet as it goes over the wire to those who look at the same part of it. */
export interface Rendered {
  /** Undefined where it is no part of what they look at. */
  host(id: string): FleetHost | undefined;
  has(id: string): boolean;
  /** All of it, the worst hosts first, then by name. */
  whole(): GetFleetResponse;
  /** The ids of all, in this order. */
  ids(): readonly string[];
  readonly summary: FleetSummary;
  /** Tells whether two summaries say the same, but for how lately repositories were reached. */
  readonly summaryKey: string;
  readonly at: Date;
}

export type Renderer = (view: FleetView, scope: Scope) => Rendered;

/** Each view is rendered once for all who look at the same part of it; each host, and each commit, once as long as it does not change. */
export function openRenderer(): Renderer {
  const rendered = new WeakMap<FleetView, Map<string, Rendered>>();
  const hosts = new WeakMap<HostView, FleetHost>();
  const commits = new WeakMap<CommitView, Commit>();

  const renderCommit = (commit: CommitView): Commit => {
    const found = commits.get(commit) ?? create(CommitSchema, commitToProto(commit));
    commits.set(commit, found);
    return found;
  };

  const renderHost = (host: HostView): FleetHost => {
    const found = hosts.get(host) ?? create(FleetHostSchema, hostToProto(host, renderCommit));
    hosts.set(host, found);
    return found;
  };

  const render = (view: FleetView, scope: Scope): Rendered => {
    const seen = within(view, scope);
    const summary = create(FleetSummarySchema, summaryToProto(view, [...seen.values()], scope));
    const timeless = {
      ...summary,
      repositories: summary.repositories.map((repository) => ({ ...repository, fetchedAt: undefined })),
    };
    let whole: GetFleetResponse | undefined;
    let ordered: readonly HostView[] | undefined;
    const inOrder = () => (ordered ??= worstFirst(seen.values()));
    return {
      host(id) {
        const host = seen.get(id);
        return host && renderHost(host);
      },
      has: (id) => seen.has(id),
      whole: () =>
        (whole ??= create(GetFleetResponseSchema, {
          summary,
          hosts: inOrder().map(renderHost),
          at: timestampFromDate(view.at),
        })),
      ids: () => inOrder().map(({ id }) => id),
      summary,
      summaryKey: toJsonString(FleetSummarySchema, create(FleetSummarySchema, timeless)),
      at: view.at,
    };
  };

  return (view, scope) => {
    const known = rendered.get(view) ?? new Map<string, Rendered>();
    rendered.set(view, known);
    const found = known.get(scope.key) ?? render(view, scope);
    known.set(scope.key, found);
    return found;
  };
}
