import { ComponentState } from '#proto/muster/v1/fleet_pb.js';
import type { Facts } from './facts.ts';
import { count } from './words.ts';

/** One reason to be in a state: when it applies, why it is not green (or what green rests on), what to do. */
interface Finding {
  readonly applies: (facts: Facts) => boolean;
  readonly sentence: (facts: Facts) => string;
  readonly nextStep: (facts: Facts) => string;
}

/** A component's state. */
export interface State {
  readonly proto: ComponentState;
  /** Hosts in it, as the fleet's sentence counts them. */
  readonly counted: (hosts: number) => string;
  readonly findings: readonly Finding[];
}

const branch = ({ target }: Facts): string => target?.branch ?? 'main';
/** The commit that should run, in words. */
const main = (facts: Facts): string => facts.target?.called ?? branch(facts);
const repository = (facts: Facts): string => `The repository “${facts.repository}”`;
const behind = ({ lineage }: Facts): number => (lineage && 'behind' in lineage ? lineage.behind : 0);
const ahead = ({ lineage }: Facts): number => (lineage && 'ahead' in lineage ? lineage.ahead : 0);
const at = (moment: Date): string => `${moment.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
const fetchProblem = ({ target }: Facts): string =>
  target?.fetchError ? ` (${target.fetchError.replace(/\.$/, '')})` : '';
const nothing = (): string => '';
/** How its head is called: a branch has one, a commit is one. */
const mainsHead = (facts: Facts): string => facts.target?.called ?? `${branch(facts)}'s head`;

/** Where it is known what runs, whether that has to be proven. */
const asksForProof = ({ target }: Facts): boolean => target?.requireProvenance === true;

const pinWords = ({ target }: Facts): string => {
  const { pin } = target ?? {};
  if (!pin) return '.';
  const until = pin.until ? ` until ${at(pin.until)}` : '';
  return `: pinned by ${pin.pinnedByName || pin.pinnedBy}${until}, “${pin.reason}”.`;
};

/**
 * All states in their order of precedence: the first finding that applies is a component's. A host's state is the
 * first of its components' states in this order.
 *
 * What shows the disk (a file, a working tree) makes a component current only when its process was started after the
 * commit came to disk, or when the host's config says that there is no process: the sentence says so then.
 */
export const states = [
  {
    proto: ComponentState.NEVER_REPORTED,
    counted: (hosts) => `${hosts} ${hosts === 1 ? 'has' : 'have'} never reported`,
    // A component is known by its report: only a host as a whole can be in this state.
    findings: [],
  },
  {
    proto: ComponentState.STALE,
    counted: (hosts) => `${hosts} ${hosts === 1 ? 'is' : 'are'} silent`,
    findings: [
      {
        applies: ({ fresh }) => !fresh,
        sentence: ({ reportedAt }) =>
          `Nothing was heard of it since ${at(reportedAt)}: what runs there now is not known.`,
        nextStep: () => 'Check that the machine is on and that its agent runs.',
      },
    ],
  },
  {
    proto: ComponentState.PROBE_FAILED,
    counted: (hosts) => `${hosts} ${hosts === 1 ? 'has a probe that fails' : 'have probes that fail'}`,
    findings: [
      {
        applies: ({ probeError }) => probeError !== '',
        sentence: () => 'The probe failed, so it is not known what runs.',
        nextStep: () => "Read the probe's own words, then correct the probe in the agent's config or what it asks.",
      },
    ],
  },
  {
    proto: ComponentState.UNKNOWN_SHA,
    counted: (hosts) => `${hosts} ${hosts === 1 ? 'runs an unknown commit' : 'run unknown commits'}`,
    findings: [
      {
        applies: ({ form }) => form === 'missing',
        sentence: () => 'The probe names no commit.',
        nextStep: () => 'Let the build record its full commit id (git rev-parse HEAD) where the probe looks.',
      },
      {
        applies: ({ form }) => form === 'abbreviated',
        sentence: () => 'The probe names an abbreviated commit id, which may stand for another commit tomorrow.',
        nextStep: () => 'Let the build record the full commit id (git rev-parse HEAD).',
      },
      {
        applies: ({ form }) => form === 'malformed',
        sentence: () => 'What the probe names is no commit id.',
        nextStep: () => 'Let the build record its full commit id (git rev-parse HEAD) where the probe looks.',
      },
      {
        applies: ({ lineage, target }) => lineage?.kind === 'unknown' && target?.published === true,
        sentence: (facts) => `CI has never told this commit as a head of ${branch(facts)} of “${facts.repository}”.`,
        nextStep: () => "Let CI publish the head, or correct the repository's name in the agent's config.",
      },
      {
        applies: ({ lineage }) => lineage?.kind === 'unknown',
        sentence: (facts) => `${repository(facts)} does not have this commit on any branch.`,
        nextStep: () => "Push the commit, or correct the repository's name in the agent's config.",
      },
    ],
  },
  {
    proto: ComponentState.HEAD_UNKNOWN,
    counted: (hosts) => `${hosts} cannot be judged`,
    findings: [
      {
        applies: ({ repository: name }) => name === '',
        sentence: () => "The agent's config does not say which repository it is built from.",
        nextStep: () => "Name a registered repository for this component in the agent's config.",
      },
      {
        applies: ({ target }) => target === undefined,
        sentence: (facts) => `${repository(facts)} is not registered, so there is nothing to compare with.`,
        nextStep: () => "Register it, or correct its name in the agent's config.",
      },
      {
        applies: ({ target }) => target?.head === undefined,
        sentence: (facts) =>
          `${repository(facts)} has not shown its branch ${branch(facts)} yet${fetchProblem(facts)}.`,
        nextStep: (facts) =>
          facts.target?.fetchError ? 'Correct the address or the branch, or make the repository reachable.' : '',
      },
      {
        applies: ({ headTrusted }) => !headTrusted,
        sentence: (facts) =>
          `${repository(facts)} cannot be reached, so that where ${branch(facts)} is now cannot be told${fetchProblem(facts)}.`,
        nextStep: () => 'Make the repository reachable again; nothing turns green until then.',
      },
      {
        applies: ({ lineage }) => lineage === undefined,
        sentence: (facts) => `${repository(facts)} is still being fetched by this server.`,
        nextStep: nothing,
      },
    ],
  },
  {
    proto: ComponentState.DIRTY,
    counted: (hosts) => `${hosts} ${hosts === 1 ? 'runs' : 'run'} uncommitted changes`,
    findings: [
      {
        applies: ({ dirty }) => dirty,
        sentence: () => 'It has changes that are in no commit, so nobody can say what runs.',
        nextStep: () => 'Commit or discard the changes on the machine, then build and start it again.',
      },
    ],
  },
  {
    proto: ComponentState.DIVERGED,
    counted: (hosts) => `${hosts} ${hosts === 1 ? 'has' : 'have'} diverged`,
    findings: [
      {
        applies: ({ lineage }) => lineage?.kind === 'diverged',
        sentence: (facts) =>
          `It has ${count(ahead(facts), 'commit')} that ${main(facts)} does not have, and lacks ${behind(facts)} of ${facts.target?.called ? 'its' : `${main(facts)}'s`}.`,
        nextStep: (facts) => `Deploy ${main(facts)}; merge first what should not be lost.`,
      },
    ],
  },
  {
    proto: ComponentState.AHEAD,
    counted: (hosts) => `${hosts} ${hosts === 1 ? 'is' : 'are'} ahead`,
    findings: [
      {
        applies: ({ lineage }) => lineage?.kind === 'ahead',
        sentence: (facts) => `It has ${count(ahead(facts), 'commit')} that ${main(facts)} does not have.`,
        nextStep: (facts) =>
          facts.target?.called ? `Deploy ${main(facts)}.` : `Merge them into ${main(facts)}, or deploy ${main(facts)}.`,
      },
    ],
  },
  {
    proto: ComponentState.UNVERIFIED,
    counted: (hosts) => `${hosts} ${hosts === 1 ? 'is' : 'are'} not verified`,
    findings: [
      {
        applies: (facts) => asksForProof(facts) && facts.provenance === 'told_nothing',
        sentence: (facts) =>
          `${repository(facts)} asks for provenance, and the host names nothing that its process was started from.`,
        nextStep: () =>
          "Name the artifact of this component in the agent's config, and its unit or pid file in the probe: what came to disk after its start does not count.",
      },
      {
        applies: (facts) => asksForProof(facts) && facts.provenance === 'unknown',
        sentence: () => 'No trusted key has signed what its process was started from.',
        nextStep: () => 'Deploy what CI has built; let CI publish the provenance of each build.',
      },
      {
        applies: (facts) => asksForProof(facts) && facts.provenance === 'another',
        sentence: () => 'What its process was started from was built from another commit, as CI has signed.',
        nextStep: (facts) => `Find out what is deployed there, and deploy ${main(facts)} again.`,
      },
      {
        applies: (facts) => asksForProof(facts) && facts.provenance === 'self_reported',
        sentence: () => 'CI has signed the artifact that it names, but the host has not signed its report.',
        nextStep: () => 'Wait for its next heartbeat; if it stays so, update its agent.',
      },
    ],
  },
  {
    proto: ComponentState.RESTART_PENDING,
    counted: (hosts) => `${hosts} ${hosts === 1 ? 'waits' : 'wait'} for a restart`,
    findings: [
      {
        applies: ({ lineage, onDisk, target }) => lineage?.kind === 'behind' && onDisk === target?.head,
        sentence: (facts) => `${main(facts)} is on disk, but the process that runs was built from an older commit.`,
        nextStep: () => 'Restart it.',
      },
      {
        applies: ({ lineage, process }) => lineage?.kind === 'same' && process === 'older',
        sentence: (facts) => `${main(facts)} is on disk, but the process was started before it came there.`,
        nextStep: () => 'Restart it.',
      },
      {
        applies: ({ lineage, process }) => lineage?.kind === 'same' && process === 'no_start',
        sentence: (facts) =>
          `${main(facts)} is on disk, but whether the process was started after it came there cannot be told.`,
        nextStep: () =>
          'Name its unit or pid file in the probe in the agent\'s config, or "process": "none" there, if no process runs from these files.',
      },
      {
        applies: ({ lineage, process }) => lineage?.kind === 'same' && process === 'no_build',
        sentence: (facts) =>
          `${main(facts)} is on disk, but whether it came there before the process was started cannot be told.`,
        nextStep: () => 'Let the build record its time (built_at) where the probe looks, then restart it.',
      },
    ],
  },
  {
    proto: ComponentState.BEHIND,
    counted: (hosts) => `${hosts} ${hosts === 1 ? 'is' : 'are'} behind`,
    findings: [
      {
        applies: ({ lineage, rollingOut }) => lineage?.kind === 'behind' && !rollingOut,
        sentence: (facts) => `It lacks ${count(behind(facts), 'commit')} of ${main(facts)}.`,
        nextStep: (facts) => `Deploy ${main(facts)} to this machine.`,
      },
    ],
  },
  {
    proto: ComponentState.ROLLING_OUT,
    counted: (hosts) => `${hosts} ${hosts === 1 ? 'is' : 'are'} being updated`,
    findings: [
      {
        applies: ({ lineage }) => lineage?.kind === 'behind',
        sentence: (facts) =>
          `It lacks ${count(behind(facts), 'commit')} of ${main(facts)}, and a rollout is bringing it forward.`,
        nextStep: nothing,
      },
    ],
  },
  {
    proto: ComponentState.PINNED,
    counted: (hosts) => `${hosts} ${hosts === 1 ? 'is' : 'are'} pinned`,
    findings: [
      {
        applies: ({ lineage, target }) => lineage?.kind === 'same' && target?.pin !== undefined,
        sentence: (facts) => `It runs ${main(facts)}, which is not ${branch(facts)}'s head${pinWords(facts)}`,
        nextStep: (facts) => `Unpin it when it should run ${branch(facts)} again.`,
      },
    ],
  },
  {
    proto: ComponentState.CURRENT,
    counted: (hosts) => `${hosts} ${hosts === 1 ? 'is' : 'are'} current`,
    findings: [
      {
        applies: ({ lineage, process }) => lineage?.kind === 'same' && process === 'no_process',
        sentence: (facts) =>
          `Its files are ${mainsHead(facts)}; no process runs from them, as the agent's config says.`,
        nextStep: nothing,
      },
      {
        applies: ({ lineage, process }) => lineage?.kind === 'same' && process === 'newer',
        sentence: (facts) => `${mainsHead(facts)} is on disk, and the process was started after it came there.`,
        nextStep: nothing,
      },
      {
        applies: ({ lineage, process }) => lineage?.kind === 'same' && process === 'watched',
        sentence: (facts) => `The process was started from ${mainsHead(facts)}; something else came to disk since.`,
        nextStep: nothing,
      },
      {
        applies: ({ lineage, process }) => lineage?.kind === 'same' && process === 'itself',
        sentence: (facts) => `The process that runs says that it was built from ${mainsHead(facts)}.`,
        nextStep: nothing,
      },
    ],
  },
] as const satisfies readonly State[];
