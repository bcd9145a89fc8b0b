import type { Loop } from '../../loops/index.ts';
import { forgetHostEvents } from './store.ts';

const hourMs = 3_600_000;
/** A host whose agent starts anew all the time fills a page, not the database. */
const kept = { days: 30, most: 1_000 };

/** Forgets what happened to hosts long ago. */
export const hostLifeLoop: Loop = {
  name: 'hosts.life',
  everyMs: hourMs,
  singleton: true,
  run: async ({ sql }) => ({ forgotten: await forgetHostEvents(sql, kept) }),
};
