import { createUser, findPerson, findSignIn } from '../../users/index.ts';
import { findFirstTeam, setAccount } from '../store.ts';
import { done, failed, withTester, type StepHands } from './step.ts';

/** An account of the tester's address: the one that there is, or a new one whose password nobody knows. */
export const accountStep: StepHands = {
  async carryOut(step) {
    const { context, parts, tester } = step;
    const passwordHash = await parts.unknownPassword();
    return withTester(step, async (sql, { userId, accountMade, teamId }) => {
      const known = userId === null ? undefined : await findPerson(sql, userId);
      if (known?.active) return done(accountMade ? 'Their account is there.' : 'They had an account already.');
      const found = await findSignIn(sql, tester.emailKey);
      if (found && !found.active)
        return failed('The account of this address is locked out. Let it in again (Admin, Users), then repeat this.');
      if (found) {
        await setAccount(sql, tester.id, { userId: found.id, made: false, teamId });
        return done('They had an account already.');
      }
      const { name, email } = tester;
      const made = await createUser(sql, context, { name, email, passwordHash, platformAdmin: false });
      const ownTeam = (await findFirstTeam(sql, made)) ?? null;
      await setAccount(sql, tester.id, { userId: made, made: true, teamId: ownTeam });
      return done('An account was made.');
    });
  },

  async undo({ context, parts, tester: { userId, accountMade } }) {
    if (userId === null) return done('There was no account.');
    if (!accountMade) return done('The account was there before, and stays.');
    if (await findPerson(context.sql, userId))
      await parts.eraseAccount(context, userId, 'What it was made for is over.');
    return done('The account is erased.');
  },
};
