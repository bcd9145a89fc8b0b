import { allow, type Rule } from '../state-rules.ts';
import type { StepKind, StepState } from './tester.ts';

/** What has to be done before a step; undone in the other direction. */
export const needs = {
  account: [],
  team: ['account'],
  // Sandboxes begin with the keys that there are.
  keys: ['team'],
  machine: ['team'],
  sandbox: ['keys', 'machine'],
  // Whoever reads the mail finds everything there.
  welcome: ['sandbox'],
} as const satisfies Record<StepKind, readonly StepKind[]>;

/** In which state a step can be done again. */
export const retryRule: Rule<StepState> = allow(
  ['done', 'skipped', 'failed'],
  'This step is under way, or waits for its turn.',
);
