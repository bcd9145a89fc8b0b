import { ComponentState } from '#proto/muster/v1/fleet_pb.js';
import { compareStates } from './classify.ts';
import { states, type State } from './states.ts';
import { enumerate, moment } from './words.ts';

/** What the fleet's sentence is made of. */
export interface Standing {
  readonly state: ComponentState;
  /** Since when it is behind, where that is its state. */
  readonly behindSince: Date | undefined;
}

export interface StateCount {
  readonly state: ComponentState;
  readonly hosts: number;
}

/** How many hosts are in which state, worst first; states without hosts are left out. */
export function countStates(hosts: readonly Standing[]): StateCount[] {
  const counts = new Map<ComponentState, number>();
  for (const { state } of hosts) counts.set(state, (counts.get(state) ?? 0) + 1);
  return [...counts]
    .map(([state, number]) => ({ state, hosts: number }))
    .toSorted((one, other) => compareStates(one.state, other.state));
}

const table: readonly State[] = states;
const mostReasons = 3;

/** The fleet in one sentence: "14 of 16 machines run main; 2 are behind since Tuesday". */
export function summarise(hosts: readonly Standing[], branches: readonly string[], now: Date): string {
  if (hosts.length === 0) return 'No machine has joined yet';
  if (branches.length === 0) return 'No repository is registered yet, so nothing can be compared';
  const reasons = reasonsOf(hosts, now);
  return `${headline(hosts, branchName(branches))}${reasons === '' ? '' : `; ${reasons}`}`;
}

/** Repositories may follow branches of different names. */
const branchName = (branches: readonly string[]): string =>
  new Set(branches).size === 1 ? branches[0]! : 'their branch'; // one name is there

function headline(hosts: readonly Standing[], branch: string): string {
  const total = hosts.length;
  const current = hosts.filter(({ state }) => state === ComponentState.CURRENT).length;
  if (total === 1 && current === 1) return `The one machine runs ${branch}`;
  if (current === total) return total === 2 ? `Both machines run ${branch}` : `All ${total} machines run ${branch}`;
  if (current > 0) return `${current} of ${total} machines ${current === 1 ? 'runs' : 'run'} ${branch}`;
  // What comes before these states in the table leaves open what runs.
  const told = hosts.every(({ state }) => compareStates(state, ComponentState.DIRTY) >= 0);
  if (total === 1) return `The one machine ${told ? 'does not run' : 'is not known to run'} ${branch}`;
  return `${total === 2 ? 'Neither of the 2' : `None of the ${total}`} machines ${told ? 'runs' : 'is known to run'} ${branch}`;
}

function reasonsOf(hosts: readonly Standing[], now: Date): string {
  const counts = countStates(hosts).filter(({ state }) => state !== ComponentState.CURRENT);
  // The largest groups are named; in the table's order, so that the worst stands first.
  const named = new Set(counts.toSorted((one, other) => other.hosts - one.hosts).slice(0, mostReasons));
  const others = counts.filter((one) => !named.has(one)).reduce((sum, { hosts: number }) => sum + number, 0);
  const parts = counts
    .filter((one) => named.has(one))
    .map(({ state, hosts: number }) => wording(state, number, hosts, now));
  return enumerate(others === 0 ? parts : [...parts, `${others} more ${others === 1 ? 'is' : 'are'} not current`]);
}

function wording(state: ComponentState, number: number, hosts: readonly Standing[], now: Date): string {
  const phrase = table.find(({ proto }) => proto === state)?.counted(number) ?? '';
  // With one machine, the headline has named it already.
  const text = hosts.length === 1 ? phrase.replace(/^1 /, 'it ') : phrase;
  const since = hosts.flatMap(({ state: its, behindSince }) =>
    its === state && behindSince ? [behindSince.getTime()] : [],
  );
  return since.length === 0 ? text : `${text} since ${moment(new Date(Math.min(...since)), now)}`;
}
