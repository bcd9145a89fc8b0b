import type { Resealing } from '../installation/index.ts';
import { sealName } from './queue.ts';
import { lockWaitingMail, resealMailRow } from './store.ts';

/** Seals the mail that waits anew, for another master key. */
export const resealMail: Resealing = async (sql, { reseal }) => {
  const waiting = await lockWaitingMail(sql);
  for (const { id, sealed } of waiting) await resealMailRow(sql, id, reseal(sealName(id), sealed));
  return waiting.length;
};
