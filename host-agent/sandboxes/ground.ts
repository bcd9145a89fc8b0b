import type PQueue from 'p-queue';
import type { BlankVolumes, Cgroups, IdRange, RuntimeDriver } from '../runtime/index.ts';
import type { LayerShelf } from '../layers/index.ts';
import type { SandboxNetworks } from '../network/index.ts';
import type { EndedAttempts } from './ended.ts';
import type { Journal } from './journal.ts';
import type { EndedAttempt, SandboxLog, SandboxView } from './types.ts';

/** What works on this machine: made once, when the agent starts, by `prepareMachine`. */
export interface Machine {
  readonly driver: RuntimeDriver;
  /** The compiled muster-init. */
  readonly init: string;
  readonly blanks: BlankVolumes;
}

/** What every sandbox of an agent stands on. */
export interface Ground {
  /** Undefined where nothing can be started; `problem` says why. */
  readonly machine: Machine | undefined;
  readonly problem: string;
  /** Undefined where sandboxes cannot have a network; `networkProblem` says why. */
  readonly networks: SandboxNetworks | undefined;
  readonly networkProblem: string;
  readonly cgroups: Cgroups;
  readonly cgroupParent: string;
  readonly ids: IdRange;
  readonly reserveDisk: boolean;
  /** How much a template that is built here may hold, unpacked. */
  readonly templateMib: number;
  readonly bootId: string;
  readonly journal: Journal;
  readonly ended: EndedAttempts;
  /** The roots of layers, made ready where they are not. Throws `template_missing`. */
  readonly rootsOf: (layers: readonly string[]) => Promise<string[]>;
  /** The digest of a template that is ready. Throws `template_missing`. */
  readonly digestOf: (template: string) => Promise<string>;
  readonly shelf: LayerShelf;
  /** Heavy work, a bounded amount at once. */
  readonly work: PQueue;
  readonly log: SandboxLog | undefined;
  readonly changed: (view: SandboxView | EndedAttempt) => void;
}
