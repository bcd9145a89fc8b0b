import { ComponentState } from '#proto/muster/v1/fleet_pb.js';
import type { Caller } from '../access/index.ts';
import { visibilityOf } from '../hosts/index.ts';
import { compareStates, worstState } from './classify.ts';
import type { ComponentView, FleetView, HostView } from './views.ts';

/** What of the fleet is asked for; empty where nothing is said. */
export interface Asked {
  readonly repository?: string;
  readonly hostId?: string;
  readonly component?: string;
}

/** What of the fleet somebody looks at. */
export interface Scope {
  readonly key: string;
  /** Where one host alone is asked for. */
  readonly hostId: string | undefined;
  /** Narrowed to what is asked for; undefined where nothing of it is. */
  narrow(host: HostView): HostView | undefined;
  /** Whether this repository's branch is the one that the sentence speaks of. */
  concerns(repository: string): boolean;
}

/** The hosts that the caller may see; with a repository or a component, only those components, and hosts that have some. */
export function scopeOf(caller: Caller, { repository = '', hostId = '', component = '' }: Asked = {}): Scope {
  const { all, teamIds, onlyHostId } = visibilityOf(caller);
  const visible = ({ id, teamId }: HostView) =>
    (all || teamId === null || teamIds.includes(teamId)) && (onlyHostId === undefined || id === onlyHostId);
  const isAsked = ({ report }: ComponentView) =>
    (repository === '' || report.repository === repository) && (component === '' || report.component === component);
  return {
    key: JSON.stringify([all || teamIds.toSorted(), onlyHostId ?? '', repository, hostId, component]),
    hostId: hostId || undefined,
    narrow(host) {
      if (!visible(host) || (hostId !== '' && host.id !== hostId)) return undefined;
      return repository === '' && component === '' ? host : onlyOf(host, isAsked);
    },
    concerns: (name) => repository === '' || name === repository,
  };
}

function onlyOf(host: HostView, isAsked: (component: ComponentView) => boolean): HostView | undefined {
  const components = host.components.filter(isAsked);
  if (components.length === 0) return undefined;
  const state = worstState(components.map((one) => one.state));
  const since = components.flatMap((one) =>
    one.state === state && one.behindSince ? [one.behindSince.getTime()] : [],
  );
  const behindSince = state === ComponentState.BEHIND && since.length > 0 ? new Date(Math.min(...since)) : undefined;
  return { ...host, components, state, behindSince };
}

/** What of the fleet is asked for, by host id. */
export function within(view: FleetView, scope: Scope): Map<string, HostView> {
  const hosts = new Map<string, HostView>();
  const one = scope.hostId === undefined ? undefined : view.hosts.get(scope.hostId);
  for (const host of scope.hostId === undefined ? view.hosts.values() : one ? [one] : []) {
    const seen = scope.narrow(host);
    if (seen) hosts.set(host.id, seen);
  }
  return hosts;
}

/** Made once: by localeCompare each comparison looks its rules up anew. */
const names = new Intl.Collator();

/** Worst first, then by name. */
export const worstFirst = (hosts: Iterable<HostView>): HostView[] =>
  [...hosts].toSorted((one, other) => compareStates(one.state, other.state) || names.compare(one.name, other.name));

/** What of the fleet is asked for, worst first. */
export const narrowed = (view: FleetView, scope: Scope): HostView[] => worstFirst(within(view, scope).values());
