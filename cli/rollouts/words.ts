import { RolloutState, UpdateState, type Rollout, type RolloutUpdate } from '#proto/muster/v1/rollout_pb.js';
import { printFacts, printTable, type Column } from '../output/table.ts';
import { sayTime, sayWhen } from '../output/time.ts';
import { enumWord } from '../output/words.ts';
import type { Output } from '../surroundings.ts';

export const short = (sha: string): string => sha.slice(0, 7);

export const rolloutColumns: readonly Column<Rollout>[] = [
  { heading: 'ID', cell: ({ id }) => id },
  { heading: 'STATE', cell: ({ state }) => enumWord(RolloutState, state) },
  { heading: 'COMPONENTS', cell: ({ components }) => components.join(', ') },
  { heading: 'TARGET', cell: ({ targetSha }) => short(targetSha) },
  { heading: 'STARTED', cell: ({ createdAt, createdBy }) => `${sayWhen(createdAt)} by ${createdBy}` },
  { heading: 'HOW IT STANDS', cell: ({ sentence }) => sentence },
];

const updateColumns: readonly Column<RolloutUpdate>[] = [
  { heading: 'BATCH', cell: ({ batch }) => (batch === 0 ? 'canary' : String(batch)) },
  { heading: 'HOST', cell: ({ hostName }) => hostName },
  { heading: 'COMPONENT', cell: ({ component }) => component },
  { heading: 'STATE', cell: ({ state }) => enumWord(UpdateState, state) },
  { heading: 'FROM', cell: ({ fromSha }) => short(fromSha) },
  { heading: 'RUNS', cell: ({ runningSha }) => short(runningSha) },
  { heading: 'WHY', cell: ({ reason, lastLine }) => reason || lastLine },
];

/** Prints a rollout with all of its hosts. */
export function printRollout(output: Output, rollout: Rollout): void {
  const { id, repository, components, targetSha, targetSubject, state, sentence, reason, soaksUntil } = rollout;
  printFacts(output, [
    ['Id', id],
    ['State', id === '' ? '' : enumWord(RolloutState, state)],
    ['How it stands', sentence],
    ['Repository', repository],
    ['Components', components.join(', ')],
    ['Target', `${targetSha} ${targetSubject}`.trim()],
    ['Why', reason],
    ['Soaks until', sayTime(soaksUntil)],
    ['Started', rollout.createdAt ? `${sayTime(rollout.createdAt)} by ${rollout.createdBy}` : ''],
    ['Ended', sayTime(rollout.endedAt)],
  ]);
  output.write('\n');
  printTable(output, rollout.updates, updateColumns, 'It has no hosts.');
}

/** Whether nothing more happens in it. */
export const isOver = ({ state }: Rollout): boolean =>
  state === RolloutState.SUCCEEDED || state === RolloutState.FAILED || state === RolloutState.ABORTED;
