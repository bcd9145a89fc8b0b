import { create, toJsonString } from '@bufbuild/protobuf';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import {
  FleetHostSchema,
  FleetSummarySchema,
  GetFleetResponseSchema,
  type FleetHost,
  type FleetSummary,
  type GetFleetResponse,
} from '#proto/muster/v1/fleet_pb.js';
import { narrowed, type Scope } from './scope.ts';
import { hostToProto, summaryToProto } from './to-proto.ts';
import type { FleetView, HostView } from './views.ts';

/** The fleet as it goes over the wire to those who look at the same part of it. */
export interface Rendered {
  /** Worst first, then by name. */
  readonly hosts: ReadonlyMap<string, FleetHost>;
  readonly summary: FleetSummary;
  /** Tells whether two summaries say the same, but for how lately repositories were reached. */
  readonly summaryKey: string;
  readonly at: Date;
}

export type Renderer = (view: FleetView, scope: Scope) => Rendered;

/** Each view is rendered once for all who look at the same part of it, and each host once as long as it does not change. */
export function openRenderer(): Renderer {
  const rendered = new WeakMap<FleetView, Map<string, Rendered>>();
  const hosts = new WeakMap<HostView, FleetHost>();

  const renderHost = (host: HostView): FleetHost => {
    const found = hosts.get(host) ?? create(FleetHostSchema, hostToProto(host));
    hosts.set(host, found);
    return found;
  };

  return (view, scope) => {
    const known = rendered.get(view) ?? new Map<string, Rendered>();
    rendered.set(view, known);
    const found = known.get(scope.key);
    if (found) return found;
    const seen = narrowed(view, scope);
    const summary = create(FleetSummarySchema, summaryToProto(view, seen, scope));
    const timeless = {
      ...summary,
      repositories: summary.repositories.map((repository) => ({ ...repository, fetchedAt: undefined })),
    };
    const made = {
      hosts: new Map(seen.map((host) => [host.id, renderHost(host)])),
      summary,
      summaryKey: toJsonString(FleetSummarySchema, create(FleetSummarySchema, timeless)),
      at: view.at,
    };
    known.set(scope.key, made);
    return made;
  };
}

export const wholeFleet = ({ summary, hosts, at }: Rendered): GetFleetResponse =>
  create(GetFleetResponseSchema, { summary, hosts: [...hosts.values()], at: timestampFromDate(at) });
