import type { Loop } from '../loops/index.ts';
import { removeOldLimits } from './store.ts';

/** Removes windows that are over. */
export const limitSweepLoop: Loop = {
  name: 'limits.sweep',
  everyMs: 60_000,
  singleton: true,
  async run({ sql }) {
    return { removed: (await removeOldLimits(sql)).count };
  },
};
