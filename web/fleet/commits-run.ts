import { ComponentState, type Commit, type FleetComponent, type FleetHost } from '#proto/muster/v1/fleet_pb.js';

/** A commit that a component runs somewhere, and where. */
export interface CommitRun {
  /** Undefined where it cannot be told what runs. */
  readonly commit: Commit | undefined;
  readonly hosts: readonly FleetHost[];
  /** One of the hosts' components: they run the same, so they stand alike to main. */
  readonly example: FleetComponent;
  /** Whether main's head is what runs. */
  readonly isHead: boolean;
}

/** Of which nothing is known now: what they last ran proves nothing. */
const untold: ReadonlySet<ComponentState> = new Set([
  ComponentState.NEVER_REPORTED,
  ComponentState.STALE,
  ComponentState.PROBE_FAILED,
]);

/** Not one commit of main's: only the id is known. */
const unplaced: ReadonlySet<ComponentState> = new Set([ComponentState.UNKNOWN_SHA, ComponentState.HEAD_UNKNOWN]);

/** Which commits a component runs, over all hosts: main's head first, then how far from it, then what cannot be told. */
export function commitsRun(hosts: readonly FleetHost[], component: string, headSha: string): readonly CommitRun[] {
  const runs = Map.groupBy(
    hosts.flatMap((host) => {
      const its = host.components.find((one) => one.component === component);
      return its ? [{ host, its }] : [];
    }),
    ({ its }) => (untold.has(its.state) ? '' : (its.running?.sha ?? '')),
  );
  return [...runs]
    .flatMap(([sha, members]) => {
      // How a commit stands to main is told by one that is not pinned elsewhere, if there is one.
      const first = members.find(({ its }) => its.pin === undefined) ?? members[0];
      if (!first) return [];
      return [
        {
          commit: sha === '' ? undefined : first.its.running,
          hosts: members.map(({ host }) => host),
          example: first.its,
          isHead: sha !== '' && sha === headSha,
        },
      ];
    })
    .toSorted((one, other) => rankOf(one) - rankOf(other) || distanceOf(one) - distanceOf(other));
}

/** On main, beside it, unknown, untold. */
function rankOf({ commit, isHead, example }: CommitRun): number {
  if (commit === undefined) return 4;
  if (isHead) return 0;
  if (unplaced.has(example.state)) return 3;
  return example.ahead > 0 ? 2 : 1;
}

const distanceOf = ({ example: { behind, ahead } }: CommitRun): number => behind + ahead;

/** How a commit stands to its branch, in words. */
export function standingWords({ commit, isHead, example: { behind, ahead, state, pin } }: CommitRun, branch: string) {
  if (commit === undefined) return 'What runs there cannot be told now';
  if (isHead) return `The head of ${branch}`;
  if (unplaced.has(state)) return `Nothing is known of how it stands to ${branch}`;
  const target = pin ? 'its pin' : branch;
  if (ahead === 0) return behind === 0 ? `At ${target}` : `${behind} behind ${target}`;
  return behind === 0 ? `${ahead} ahead of ${target}` : `Beside ${target}: ${ahead} ahead, ${behind} behind`;
}

/** How many of the hosts are in which state, the most frequent first. */
export function statesOf({ hosts }: CommitRun, component: string): readonly (readonly [ComponentState, number])[] {
  const counts = new Map<ComponentState, number>();
  for (const { components } of hosts) {
    const state = components.find((one) => one.component === component)?.state;
    if (state !== undefined) counts.set(state, (counts.get(state) ?? 0) + 1);
  }
  return [...counts].toSorted(([, one], [, other]) => other - one);
}
