import type { Loop } from '../loops/index.ts';
import { countWaitingMail, expireMail, forgetOldMail } from './store.ts';

/** Erases what nobody could use any more, and forgets what is done. */
export const mailSweepLoop: Loop = {
  name: 'mail.sweep',
  everyMs: 600_000,
  singleton: true,
  async run({ sql }) {
    const [expired, forgotten] = [await expireMail(sql), await forgetOldMail(sql)];
    return { expired: expired.count, forgotten: forgotten.count, waiting: await countWaitingMail(sql) };
  },
};
