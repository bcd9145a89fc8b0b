import type { Step } from './plan.ts';

/** Why what a comparison finds is not simply done. */
export type Doubt = 'drift' | 'copy' | 'older disk';

/** Of a sandbox that is frozen as it should be. */
export const frozenNote = 'The database does not know it. It was frozen; it goes on only when an operator decides.';

/** What is held back under a doubt, and what people read of it. */
export const doubts: Readonly<
  Record<Doubt, { mayBeDone(step: Step): boolean; readonly held: string; readonly unknownNote: string }>
> = {
  // An older database must end nothing: what it learns is written down, what it would do waits.
  drift: {
    mayBeDone: ({ kind }) => kind === 'observe',
    held: 'the database is older than this host.',
    unknownNote: 'The database does not know it: it is older than this host. It was left as it is.',
  },
  // A copy knows nothing of what runs on the original: that something lives is believed, that it has ended is not.
  copy: {
    mayBeDone: (step) => step.kind === 'observe' && step.observed !== 'stopped' && !step.wentBack,
    held: 'this host is quarantined, and what is connected may be a copy of it.',
    unknownNote:
      'The database does not know it, and its host is quarantined: it was left as it is until that is unlocked.',
  },
  // If it is a copy beside the original, their heartbeats show it in a minute.
  'older disk': {
    mayBeDone: (step) => step.kind !== 'observe' || !step.wentBack,
    held: 'this host goes on from an older copy of its disk, and is believed when it has been connected for some minutes.',
    unknownNote: frozenNote,
  },
};

export const mayBeDone = (step: Step, doubt: Doubt | undefined): boolean =>
  doubt === undefined || doubts[doubt].mayBeDone(step);
