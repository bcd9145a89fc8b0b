import { CirclePause, CirclePlay, CircleStop, Play, Trash2, type LucideIcon } from 'lucide-react';
import type { Sandbox } from '#proto/muster/v1/sandbox_pb.js';
import { refusal } from '../parts/allowed.ts';

/** What can be done with several sandboxes at once. */
export interface BulkAction {
  readonly key: 'pause' | 'resume' | 'stop' | 'start' | 'destroy';
  readonly word: string;
  readonly done: string;
  readonly icon: LucideIcon;
  /** What becomes of them. */
  readonly sentence: string;
  readonly look: 'primary' | 'danger';
}

export const bulkActions: readonly BulkAction[] = [
  {
    key: 'pause',
    word: 'Pause',
    done: 'paused',
    icon: CirclePause,
    look: 'primary',
    sentence: 'Their processes are frozen in memory, and go on where they were when they are resumed.',
  },
  {
    key: 'resume',
    word: 'Resume',
    done: 'resumed',
    icon: CirclePlay,
    look: 'primary',
    sentence: 'Their processes go on where they were.',
  },
  {
    key: 'stop',
    word: 'Stop',
    done: 'stopped',
    icon: CircleStop,
    look: 'danger',
    sentence: 'Their processes end; their files stay, and they can be started again.',
  },
  {
    key: 'start',
    word: 'Start',
    done: 'started',
    icon: Play,
    look: 'primary',
    sentence: 'They start on their files, without the processes that they had.',
  },
  {
    key: 'destroy',
    word: 'Destroy',
    done: 'destroyed',
    icon: Trash2,
    look: 'danger',
    sentence: 'Their processes end and their files are removed. This cannot be undone.',
  },
];

/** Those of the chosen ones with which it can be done now, and why it cannot with the others. */
export function bulkTargets(
  action: BulkAction,
  chosen: readonly Sandbox[],
): { readonly targets: readonly Sandbox[]; readonly refused: string | undefined } {
  const reasons = chosen.map((sandbox) => refusal(sandbox.actions, `sandbox.${action.key}`));
  return {
    targets: chosen.filter((_, index) => reasons[index] === undefined),
    refused: reasons.find((reason) => reason !== undefined),
  };
}

/** "nightly" or "3 sandboxes". */
export const countWords = (names: readonly string[]): string =>
  names.length === 1 ? names[0]! : `${names.length} sandboxes`;
