import {
  AssertOutcome,
  ComponentState,
  Evidence,
  OnOffline,
  type AssertFleetRequest,
} from '#proto/muster/v1/fleet_pb.js';
import type { Caller } from '../../access/index.ts';
import { compareStates } from '../classify.ts';
import type { Thresholds } from '../facts.ts';
import { judgeComponent, knowledgeOf, type Lineages } from '../judge.ts';
import { narrowed, scopeOf } from '../scope.ts';
import type { ComponentView, FleetView, HostView } from '../views.ts';
import type { Aim } from './aim.ts';

/** A host of a gate's selection, with its reason. */
export interface Standing {
  /** Empty for a name that no host has. */
  readonly hostId: string;
  readonly hostName: string;
  readonly outcome: AssertOutcome;
  readonly reason: string;
  readonly components: readonly ComponentView[];
}

/** What is asked of the fleet. */
export interface Question {
  readonly request: AssertFleetRequest;
  readonly aim: Aim;
  /** How the reported commits stand to the one that is asked for; undefined where that is not known here. */
  readonly lineages: Lineages;
  readonly caller: Caller;
  readonly thresholds: Thresholds;
}

/** The reported components that a gate is about. */
export const concerned = (host: HostView, { repository, component }: AssertFleetRequest): ComponentView[] =>
  host.components.filter(
    ({ report }) => report.repository === repository && (component === '' || report.component === component),
  );

/**
 * How every host of the selection stands. `before` are the hosts that were selected earlier in the same wait, by their
 * ids: none of them is lost by not reporting any more. Failing ones first, then by name.
 */
export function standingsOf(
  view: FleetView,
  question: Question,
  before: ReadonlyMap<string, Pick<Standing, 'hostName' | 'outcome'>>,
): Standing[] {
  const { request, caller } = question;
  const visible = narrowed(view, scopeOf(caller));
  const isNamed = Object.keys(request.labels).length > 0 || request.hosts.length > 0;
  const standings = visible
    .filter(
      (host) => before.has(host.id) || (isSelected(host, request) && (isNamed || concerned(host, request).length > 0)),
    )
    .map((host) => standingOf(host, question, view.at));
  const seen = new Set(visible.map(({ id }) => id));
  const gone = [...before]
    .filter(([id]) => id !== '' && !seen.has(id))
    .map(([id, { hostName }]) => goneHost(id, hostName));
  const names = new Set([...visible.map(({ name }) => name), ...gone.map(({ hostName }) => hostName)]);
  const missing = request.hosts.filter((name) => !names.has(name)).map(missingHost);
  return [...standings, ...gone, ...missing].toSorted(
    (one, other) =>
      order.indexOf(one.outcome) - order.indexOf(other.outcome) || one.hostName.localeCompare(other.hostName),
  );
}

const order = [AssertOutcome.NOT_MET, AssertOutcome.GONE, AssertOutcome.EXCLUDED, AssertOutcome.MET];

const isSelected = ({ name, labels }: HostView, request: AssertFleetRequest): boolean =>
  (request.hosts.length === 0 || request.hosts.includes(name)) &&
  Object.entries(request.labels).every(([key, value]) => labels[key] === value);

const goneHost = (hostId: string, hostName: string): Standing => ({
  hostId,
  hostName,
  outcome: AssertOutcome.GONE,
  reason: 'It was deleted during the wait, or is not visible to you any more, and does not count.',
  components: [],
});

const missingHost = (hostName: string): Standing => ({
  hostId: '',
  hostName,
  outcome: AssertOutcome.NOT_MET,
  reason: 'There is no host of this name.',
  components: [],
});

function standingOf(host: HostView, question: Question, now: Date): Standing {
  const { request, aim, lineages, thresholds } = question;
  const known = (seen: ComponentView) =>
    knowledgeOf(aim.repository, {
      lineages,
      commits: new Map(),
      attested: new Map(seen.attested && [[seen.report.artifactSha256 ?? '', seen.attested]]),
    });
  const components = concerned(host, request).map((seen) => ({
    ...judgeComponent(seen.report, known(seen), { target: aim.target, lineages }, now, thresholds),
    // What is known of commits was asked for the page already.
    running: seen.running,
    onDisk: seen.onDisk,
    pin: seen.pin,
  }));
  const standing = (outcome: AssertOutcome, reason: string): Standing => ({
    hostId: host.id,
    hostName: host.name,
    outcome,
    reason,
    components,
  });
  // An agent that holds its connection and says nothing is not off: what is wrong there must not be left out.
  if (host.status === 'unreachable' && !host.connected) {
    return request.onOffline === OnOffline.EXCLUDE
      ? standing(AssertOutcome.EXCLUDED, 'Its agent cannot be heard, so that it does not count.')
      : standing(AssertOutcome.NOT_MET, 'Its agent cannot be heard, so that what runs there is not known.');
  }
  const wanted = request.component === '' ? `component of ${request.repository}` : `component ${request.component}`;
  const [worst] = components.toSorted((one, other) => compareStates(one.state, other.state));
  if (!worst) return standing(AssertOutcome.NOT_MET, `It reports no ${wanted}.`);
  if (worst.state !== ComponentState.CURRENT)
    return standing(AssertOutcome.NOT_MET, `${worst.report.component}: ${worst.sentence}${pinWords(worst)}`);
  const weak = components.find((one) => one.evidence < request.requireEvidence);
  if (weak)
    return standing(
      AssertOutcome.NOT_MET,
      `${weak.report.component}: It runs it, but its report is not backed as is asked for (${Evidence[request.requireEvidence].toLowerCase().replace('_', '-')}).`,
    );
  return standing(AssertOutcome.MET, worst.sentence);
}

const pinWords = ({ pin }: ComponentView): string =>
  pin ? ` It is pinned at ${pin.sha.slice(0, 7)}: “${pin.reason}”.` : '';
