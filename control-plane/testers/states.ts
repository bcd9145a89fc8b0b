import { allow, type Rule } from '../state-rules.ts';
import { stepKinds, type StepKind, type StepState, type Tester } from './tester.ts';

/** What has to be done before a step; undone in the other direction. */
const needs: Readonly<Record<StepKind, readonly StepKind[]>> = {
  account: [],
  team: ['account'],
  // Sandboxes begin with the keys that there are.
  keys: ['team'],
  machine: ['team'],
  sandbox: ['keys', 'machine'],
  // Whoever reads the mail finds everything there.
  welcome: ['sandbox'],
};

/** All that a step needs, directly or not: one between that is not there lets nothing pass. */
const allNeeds = (kind: StepKind): readonly StepKind[] =>
  needs[kind].flatMap((needed) => [needed, ...allNeeds(needed)]);

/** What has to have ended before a step is done, or undone. */
export const standsBefore = (kind: StepKind, wanted: Tester['wanted']): readonly StepKind[] =>
  wanted === 'present' ? allNeeds(kind) : stepKinds.filter((other) => allNeeds(other).includes(kind));

/** In which state a step can be done again. */
export const retryRule: Rule<StepState> = allow(
  ['done', 'skipped', 'failed'],
  'This step is under way, or waits for its turn.',
);
