/** What is done for a tester, in the order in which people read it. */
export const stepKinds = ['account', 'team', 'keys', 'machine', 'sandbox', 'welcome'] as const;
export type StepKind = (typeof stepKinds)[number];

export type StepState = 'waiting' | 'running' | 'done' | 'skipped' | 'failed';

export const testerStates = ['provisioning', 'ready', 'failed', 'removing', 'removal_failed'] as const;
export type TesterState = (typeof testerStates)[number];

/** A step as pages show it. */
export interface Step {
  readonly kind: StepKind;
  readonly state: StepState;
  readonly sentence: string;
  readonly startedAt: Date | null;
  readonly endedAt: Date | null;
  readonly nextAttemptAt: Date;
}

/** What a tester's sandbox may use; null: what sandboxes have by default. */
export interface TesterLimits {
  readonly cpuMillis: number | null;
  readonly memoryMib: number | null;
  readonly diskMib: number | null;
  readonly pids: number | null;
}

/** What is asked for, of one. */
export interface NewTester extends TesterLimits {
  readonly id: string;
  readonly name: string;
  readonly email: string;
  readonly emailKey: string;
  readonly template: string;
  /** Whose templates it may be of, besides those that hosts bring; null for none. */
  readonly templateTeamId: string | null;
  readonly hostId: string | null;
}

/** A tester: what is wanted, and what there is of it. */
export interface Tester extends NewTester {
  readonly wanted: 'present' | 'absent';
  readonly state: TesterState;
  readonly hostName: string | null;
  readonly userId: string | null;
  readonly accountMade: boolean;
  readonly teamId: string | null;
  readonly teamName: string | null;
  readonly sandboxId: string | null;
  readonly addedBy: string;
  readonly addedAt: Date;
  readonly lastSeenAt: Date | null;
  readonly revision: number;
  readonly steps: readonly Step[];
}
