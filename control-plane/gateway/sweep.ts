import type { Loop } from '../loops/index.ts';
import { settleLost } from './budget-store.ts';
import { removeOldUses } from './usage-store.ts';

/** How long what was used by day is kept: a year, and as long as it takes to compare it with the one before. */
const keptDays = 400;

/** Settles what replicas left behind that died, and removes old figures. */
export const gatewaySweepLoop: Loop = {
  name: 'gateway.sweep',
  everyMs: 60_000,
  singleton: true,
  async run({ sql }) {
    const [lost, old] = await Promise.all([settleLost(sql), removeOldUses(sql, keptDays)]);
    return { settled: lost.count, removed: old.count };
  },
};
