import type { Loop } from '../loops/index.ts';
import { removeOldAttempts } from './attempts-store.ts';
import { removeOldDeviceLogins } from './device-store.ts';
import { removeOldChallenges } from '../second-factor/index.ts';
import { removeOldPendingSignIns } from './pending-store.ts';
import { removeOldResetTokens } from './reset-store.ts';

/** Removes what sign-ins left behind and nobody can use any more. */
export const authSweepLoop: Loop = {
  name: 'auth.sweep',
  everyMs: 600_000,
  singleton: true,
  async run({ sql }) {
    const [attempts, logins] = [await removeOldAttempts(sql), await removeOldDeviceLogins(sql)];
    const resets = await removeOldResetTokens(sql);
    const [pending, challenges] = [await removeOldPendingSignIns(sql), await removeOldChallenges(sql)];
    return {
      attempts: attempts.count,
      deviceLogins: logins.count,
      resets: resets.count,
      pendingSignIns: pending.count,
      challenges: challenges.count,
    };
  },
};
