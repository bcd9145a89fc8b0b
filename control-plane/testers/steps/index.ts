import type { StepKind } from '../tester.ts';
import { accountStep } from './account.ts';
import { keysStep } from './keys.ts';
import { machineStep } from './machine.ts';
import { sandboxStep } from './sandbox.ts';
import type { StepHands } from './step.ts';
import { teamStep } from './team.ts';
import { welcomeStep } from './welcome.ts';

export type { Outcome } from './step.ts';

/** Who carries out which step. */
export const stepHands: Readonly<Record<StepKind, StepHands>> = {
  account: accountStep,
  team: teamStep,
  keys: keysStep,
  machine: machineStep,
  sandbox: sandboxStep,
  welcome: welcomeStep,
};
