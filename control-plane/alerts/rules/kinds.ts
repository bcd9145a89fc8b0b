import { AlertKind } from '#proto/muster/v1/alert_pb.js';
import { ComponentState } from '#proto/muster/v1/fleet_pb.js';
import type { Facts } from '../facts.ts';
import { count } from '../../fleet/index.ts';
import { areIn, sayLength, sayNames } from '../words.ts';
import {
  certificates,
  componentsIn,
  disruption,
  drift,
  failedRollouts,
  rewrittenHeads,
  silentComponents,
  silentSandboxes,
  troubledHosts,
  unreachableHosts,
  type Look,
} from './look.ts';
import type { AlertRule, KindName } from './rule.ts';

/** What an alert's sentence is made of. */
export interface Digest {
  readonly names: readonly string[];
  readonly repository: string;
  readonly sha: string;
  readonly holdMs: number;
}

/** Something that rules can look for. */
export interface Kind {
  readonly wire: AlertKind;
  readonly defaultHoldMs: number;
  /** In so many samples one after the other it has to be seen before anybody is told. What is a recorded fact needs one. */
  readonly samples: 1 | 2;
  /** It happened once: it is told once, at once, and that it is over is no news. */
  readonly event: boolean;
  /** Whether more machines follow within moments, so that the first message waits for them. */
  readonly gathers: boolean;
  /** Says that nothing was heard, which means nothing while the silence may have been ours. */
  readonly aboutSilence: boolean;
  readonly has: { readonly hold: boolean; readonly repository: boolean; readonly labels: boolean };
  /** What a rule of it looks for. */
  readonly watches: (holdMs: number) => string;
  /** What an alert of it says. */
  readonly says: (digest: Digest) => string;
  readonly look: (facts: Facts, rule: Pick<AlertRule, 'repository' | 'labels'>) => Look;
}

const minuteMs = 60_000;
const at = ({ sha }: Digest): string => (sha === '' ? '' : ` (${sha.slice(0, 7)})`);
const lasting = (holdMs: number): string => (holdMs === 0 ? '' : ` for ${sayLength(holdMs)}`);
const onComponents = {
  samples: 2,
  event: false,
  gathers: true,
  aboutSilence: false,
  has: { hold: true, repository: true, labels: true },
} as const;
const onHosts = { ...onComponents, aboutSilence: true, has: { hold: true, repository: false, labels: true } } as const;
const once = {
  samples: 1,
  event: true,
  gathers: false,
  aboutSilence: false,
  has: { hold: false, repository: true, labels: false },
} as const;

/** What is written down of hosts: it needs no second look, and lasts until somebody settles it. */
const recorded = {
  samples: 1,
  event: false,
  gathers: false,
  aboutSilence: false,
  has: { hold: true, repository: false, labels: true },
} as const;

/** All that rules can look for: one more is one more row, and one more value in the database and the contract. */
export const kinds: Readonly<Record<KindName, Kind>> = {
  diverged: {
    ...onComponents,
    wire: AlertKind.DIVERGED,
    defaultHoldMs: 0,
    watches: (holdMs) => `A component has diverged from its target${lasting(holdMs)}.`,
    says: (digest) =>
      `${sayNames(digest.names)} ${areIn(digest.names, 'has', 'have')} diverged from ${digest.repository}${at(digest)}.`,
    look: componentsIn(ComponentState.DIVERGED),
  },
  dirty: {
    ...onComponents,
    wire: AlertKind.DIRTY,
    defaultHoldMs: 0,
    watches: (holdMs) => `A component has uncommitted changes${lasting(holdMs)}.`,
    says: (digest) =>
      `${sayNames(digest.names)} ${areIn(digest.names, 'runs', 'run')} uncommitted changes of ${digest.repository}.`,
    look: componentsIn(ComponentState.DIRTY),
  },
  rewritten: {
    ...once,
    wire: AlertKind.REWRITTEN,
    defaultHoldMs: 0,
    watches: () => "A repository's branch was rewritten (force-pushed).",
    says: (digest) => `${sayNames(digest.names)} was rewritten${at(digest)}.`,
    look: rewrittenHeads,
  },
  behind: {
    ...onComponents,
    wire: AlertKind.BEHIND,
    defaultHoldMs: 30 * minuteMs,
    watches: (holdMs) => `A component is behind its target${lasting(holdMs)}.`,
    says: (digest) =>
      `${sayNames(digest.names)} ${areIn(digest.names, 'is', 'are')} behind ${digest.repository}${at(digest)}${lasting(digest.holdMs)}.`,
    // A rollout that is under way has not brought it forward yet.
    look: componentsIn(ComponentState.BEHIND, [ComponentState.ROLLING_OUT]),
  },
  stale: {
    ...onHosts,
    has: { hold: true, repository: true, labels: true },
    wire: AlertKind.STALE,
    defaultHoldMs: 10 * minuteMs,
    watches: (holdMs) => `Reports of a component are stale${lasting(holdMs)}.`,
    says: (digest) =>
      `${sayNames(digest.names)} ${areIn(digest.names, 'has', 'have')} reported nothing new${lasting(digest.holdMs)}.`,
    look: silentComponents,
  },
  host_unreachable: {
    ...onHosts,
    wire: AlertKind.HOST_UNREACHABLE,
    defaultHoldMs: 5 * minuteMs,
    watches: (holdMs) => `A host is unreachable${lasting(holdMs)}.`,
    says: (digest) =>
      `${sayNames(digest.names)} ${areIn(digest.names, 'is', 'are')} unreachable${lasting(digest.holdMs)}.`,
    look: unreachableHosts,
  },
  disruption: {
    ...onHosts,
    gathers: false,
    has: { hold: false, repository: false, labels: false },
    wire: AlertKind.DISRUPTION,
    defaultHoldMs: 0,
    watches: () => 'Most hosts fell silent at once: probably the control plane or its network is the culprit.',
    says: (digest) =>
      `${sayNames(digest.names)} fell silent at once: none of them is called unreachable for ten minutes.`,
    look: disruption,
  },
  rollout_failed: {
    ...once,
    // That a later one succeeded is good news.
    event: false,
    wire: AlertKind.ROLLOUT_FAILED,
    defaultHoldMs: 0,
    watches: () => 'A rollout failed.',
    says: (digest) => `The rollout of ${sayNames(digest.names)}${at(digest)} failed.`,
    look: failedRollouts,
  },
  silent_sandbox: {
    ...onHosts,
    // It has lasted already when it is seen.
    samples: 1,
    gathers: false,
    wire: AlertKind.SILENT_SANDBOX,
    defaultHoldMs: 120 * minuteMs,
    watches: (holdMs) => `Scheduled or assistant work in a running sandbox is silent${lasting(holdMs)}.`,
    says: (digest) =>
      `The work in ${sayNames(digest.names, 'more sandbox')} ${areIn(digest.names, 'is', 'are')} silent${lasting(digest.holdMs)}.`,
    look: silentSandboxes,
  },
  host_quarantined: {
    ...recorded,
    wire: AlertKind.HOST_QUARANTINED,
    defaultHoldMs: 0,
    watches: (holdMs) => `A host is quarantined: its credentials were copied or stolen${lasting(holdMs)}.`,
    says: ({ names }) =>
      `${sayNames(names)} ${areIn(names, 'is', 'are')} quarantined and ${areIn(names, 'gets', 'get')} no new sandboxes.`,
    look: troubledHosts(({ quarantinedAt, quarantineReason }) => ({
      since: quarantinedAt,
      sentence: quarantineReason,
    })),
  },
  second_agent: {
    ...recorded,
    // The time of its last try is what is known.
    has: { hold: false, repository: false, labels: true },
    wire: AlertKind.SECOND_AGENT,
    defaultHoldMs: 0,
    watches: () => 'A second agent of a host tries to connect while the first one is alive.',
    says: ({ names }) => `A second agent of ${sayNames(names)} tries to connect: was the data directory copied?`,
    look: troubledHosts(({ secondAgentAt }) => ({
      since: secondAgentAt,
      sentence: 'It was refused, because the first one is alive. End the one that is not wanted.',
    })),
  },
  unknown_sandboxes: {
    ...recorded,
    samples: 2,
    wire: AlertKind.UNKNOWN_SANDBOXES,
    defaultHoldMs: 0,
    watches: (holdMs) => `A host has sandboxes that the database does not know${lasting(holdMs)}.`,
    says: ({ names }) => `${sayNames(names)} ${areIn(names, 'has', 'have')} sandboxes that the database does not know.`,
    look: troubledHosts(({ unknownSince, unknownSandboxes }) => ({
      since: unknownSince,
      sentence: `It has ${count(unknownSandboxes, 'unknown sandbox', 'unknown sandboxes')}, until an operator lets them go on or destroys them.`,
    })),
  },
  drain_gave_up: {
    ...recorded,
    wire: AlertKind.DRAIN_GAVE_UP,
    defaultHoldMs: 0,
    watches: (holdMs) => `The deadline of a drain has passed, and sandboxes are left${lasting(holdMs)}.`,
    says: ({ names }) => `The drain of ${sayNames(names)} gave up: sandboxes are left.`,
    look: troubledHosts(({ gaveUpAt, drainReason }) => ({
      since: gaveUpAt,
      sentence: `It was drained because: ${drainReason}`,
    })),
  },
  drift: {
    ...recorded,
    has: { hold: false, repository: false, labels: false },
    wire: AlertKind.DRIFT,
    defaultHoldMs: 0,
    watches: () => 'The database is older than what hosts have seen: an older one was restored.',
    says: () =>
      'The database is older than what hosts have seen: nothing is ended by itself until an operator decides.',
    look: drift,
  },
  certificate: {
    ...recorded,
    // A renewal is two files, one after the other.
    samples: 2,
    has: { hold: false, repository: false, labels: false },
    wire: AlertKind.CERTIFICATE,
    defaultHoldMs: 0,
    watches: () => 'A TLS certificate of the control plane ends soon, or its renewal cannot be used.',
    says: ({ names }) => `The TLS certificate of ${sayNames(names, 'more replica')} has to be renewed.`,
    look: certificates,
  },
};

export const kindNames = Object.keys(kinds) as KindName[]; // the table names every kind
