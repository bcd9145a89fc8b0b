import { ComponentState } from '#proto/muster/v1/fleet_pb.js';
import { compareStates, enumerate, type HostView } from '../../fleet/index.ts';
import type { HostTrouble } from '../../hosts/index.ts';
import type { Facts } from '../facts.ts';
import type { AlertRule } from './rule.ts';

/** One thing that is as a rule looks for it, now. */
export interface Sighting {
  /** What it is, from sample to sample. */
  readonly subject: string;
  /** What else it is told together with: all machines in trouble with one head are one alert. */
  readonly digest: string;
  readonly repository: string;
  readonly sha: string;
  readonly hostId: string;
  readonly name: string;
  readonly component: string;
  readonly sentence: string;
  /** Where the facts say since when. Otherwise it counts from the first sample. */
  readonly since?: Date | undefined;
}

/** What a rule sees now. */
export interface Look {
  readonly seen: readonly Sighting[];
  /** Of these it cannot be told now: what was so counts as being so. Absence is no evidence. */
  readonly undecided: ReadonlySet<string>;
}

type Scope = Pick<AlertRule, 'repository' | 'labels'>;
type Looks = (facts: Facts, scope: Scope) => Look;

const nowhere: Pick<Sighting, 'repository' | 'sha' | 'hostId' | 'component'> = {
  repository: '',
  sha: '',
  hostId: '',
  component: '',
};
const decided = (seen: readonly Sighting[]): Look => ({ seen, undecided: new Set() });
const isOf = ({ repository: wanted }: Scope, repository: string): boolean => wanted === '' || wanted === repository;

/** Whether any rule could say something of a host as such or of what runs on it. */
export const isNotable = ({ status, components }: Pick<HostView, 'status' | 'components'>): boolean =>
  status !== 'online' || components.some(({ state }) => state !== ComponentState.CURRENT);

const hasLabels = ({ labels: wanted }: Scope, labels: Readonly<Record<string, string>>): boolean =>
  Object.entries(wanted).every(([name, value]) => labels[name] === value);

const hostsOf = ({ hosts }: Facts, scope: Scope) =>
  [...hosts.values()].filter(({ labels }) => hasLabels(scope, labels));

/** Components in a state. What is worse, or one of `alike`, leaves open whether they still are. */
export const componentsIn =
  (state: ComponentState, alike: readonly ComponentState[] = []): Looks =>
  (facts, scope) => {
    const seen: Sighting[] = [];
    const undecided = new Set<string>();
    for (const host of hostsOf(facts, scope)) {
      for (const one of host.components) {
        const { component, repository } = one.report;
        if (!isOf(scope, repository)) continue;
        const subject = `${host.id} ${component}`;
        if (one.state === state) {
          const sha = one.target?.sha ?? '';
          seen.push({
            subject,
            digest: `${repository}@${sha}`,
            repository,
            sha,
            hostId: host.id,
            name: host.name,
            component,
            sentence: one.sentence,
            since: one.behindSince,
          });
        } else if (compareStates(one.state, state) < 0 || alike.includes(one.state)) undecided.add(subject);
      }
    }
    return { seen, undecided };
  };

/** Hosts of which some component was not reported for too long. */
export const silentComponents: Looks = (facts, scope) =>
  decided(
    hostsOf(facts, scope).flatMap((host) => {
      const own = host.components.filter(({ report }) => isOf(scope, report.repository));
      const stale = own.filter(({ state }) => state === ComponentState.STALE);
      const [first] = stale;
      if (!first) return [];
      const component = stale.length === own.length ? '' : enumerate(stale.map(({ report }) => report.component));
      const { sentence } = first;
      return [{ ...nowhere, subject: host.id, digest: '', hostId: host.id, name: host.name, component, sentence }];
    }),
  );

export const unreachableHosts: Looks = (facts, scope) =>
  decided(
    hostsOf(facts, scope)
      .filter(({ status }) => status === 'unreachable')
      .map(({ id, name, lastSeenAt }) => ({
        ...nowhere,
        subject: id,
        digest: '',
        hostId: id,
        name,
        sentence: lastSeenAt ? `It was last heard of at ${moment(lastSeenAt)}.` : 'It was never heard of.',
      })),
  );

export const rewrittenHeads: Looks = ({ rewritten }, scope) =>
  decided(
    rewritten
      .filter(({ repository }) => isOf(scope, repository))
      .map(({ id, repository, branch, sha, observedAt }) => ({
        ...nowhere,
        subject: `head ${id}`,
        digest: `head ${id}`,
        repository,
        sha,
        name: `${branch} of ${repository}`,
        sentence: `It was rewritten at ${moment(observedAt)}: commits that it had are not on it any more.`,
        since: observedAt,
      })),
  );

export const failedRollouts: Looks = ({ failedRollouts: failed }, scope) =>
  decided(
    failed
      .filter(({ repository }) => isOf(scope, repository))
      .map(({ id, repository, components, targetSha, sentence, endedAt }) => ({
        ...nowhere,
        subject: id,
        digest: id,
        repository,
        sha: targetSha,
        name: `${enumerate(components)} of ${repository}`,
        sentence,
        since: endedAt,
      })),
  );

/** Sandboxes whose work is silent; labels are those of their hosts. */
export const silentSandboxes: Looks = ({ silentSandboxes: silent }, scope) =>
  decided(
    silent
      .filter(({ hostLabels }) => hasLabels(scope, hostLabels))
      .map(({ id, name, teamName, hostId, hostName, silentSince }) => ({
        ...nowhere,
        subject: id,
        digest: '',
        hostId,
        name: `${name || id} of ${teamName}`,
        sentence: `It runs on ${hostName}, and nothing has happened in it since ${moment(silentSince)}.`,
        since: silentSince,
      })),
  );

export const disruption: Looks = ({ disruption: found }) =>
  decided(
    found
      ? [
          {
            ...nowhere,
            subject: 'disruption',
            digest: '',
            name: `${found.silent} of ${found.online} machines`,
            sentence: 'They fell silent at once, so that the culprit is probably the control plane or its network.',
          },
        ]
      : [],
  );

/** Hosts in one kind of trouble: since when, and what an alert says of each. Null: not this one. */
export const troubledHosts =
  (trouble: (host: HostTrouble) => { readonly since: Date | null; readonly sentence: string }): Looks =>
  ({ troubles }, scope) =>
    decided(
      troubles.flatMap((host) => {
        const { since, sentence } = trouble(host);
        if (!since || !hasLabels(scope, host.labels)) return [];
        return [{ ...nowhere, subject: host.id, digest: '', hostId: host.id, name: host.name, sentence, since }];
      }),
    );

export const drift: Looks = ({ driftSince }) =>
  decided(
    driftSince
      ? [
          {
            ...nowhere,
            subject: 'drift',
            digest: '',
            name: 'The database',
            sentence: 'An older one was restored. A platform admin decides on the page of hosts how to go on.',
            since: driftSince,
          },
        ]
      : [],
  );

export const certificates: Looks = ({ at, certificates: found }) =>
  decided(
    found.map(({ url, endsAt, problem }) => ({
      ...nowhere,
      subject: `certificate ${url}`,
      digest: '',
      name: url,
      sentence: [
        endsAt > at ? `It ends at ${moment(endsAt)}.` : `It ended at ${moment(endsAt)}: browsers and agents refuse it.`,
        problem && `Its renewal cannot be used: ${problem}`,
      ]
        .filter(Boolean)
        .join(' '),
    })),
  );

const moment = (at: Date): string => `${at.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
