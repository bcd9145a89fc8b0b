import {
  TesterState,
  TesterStepKind,
  TesterStepState,
  type Tester,
  type TesterStep,
} from '#proto/muster/v1/tester_pb.js';
import { printTable, type Column } from '../output/table.ts';
import { sayWhen } from '../output/time.ts';
import { enumWord } from '../output/words.ts';
import type { Output } from '../surroundings.ts';

/** A state in a word or two. */
export const stateWord = (state: TesterState): string => enumWord(TesterState, state);

/** What a tester waits for, or why they wait. */
export function sayProblem({ steps }: Tester): string {
  const step = steps.find(({ state }) => state === TesterStepState.FAILED) ?? steps.find(isUnderWay);
  return step ? `${enumWord(TesterStepKind, step.kind)}: ${step.sentence || 'under way'}` : '';
}

const isUnderWay = ({ state }: TesterStep): boolean => state === TesterStepState.RUNNING;

const columns: readonly Column<TesterStep>[] = [
  { heading: 'STEP', cell: ({ kind }) => enumWord(TesterStepKind, kind) },
  { heading: 'STATE', cell: ({ state }) => enumWord(TesterStepState, state) },
  { heading: 'ENDED', cell: ({ endedAt }) => sayWhen(endedAt) },
  { heading: 'WHAT CAME OF IT', cell: ({ sentence }) => sentence },
];

/** Prints the steps of a tester. */
export const printSteps = (output: Output, { steps }: Tester): void => printTable(output, steps, columns, 'No steps.');
