import { done, present, skipped, type StepHands } from './step.ts';

/** The keys of assistant providers that the team works with from the first minute. */
export const keysStep: StepHands = {
  async carryOut({ context, parts, tester }) {
    const { userId, teamId } = present(tester);
    if (!parts.keys) return skipped('No keys are given out.');
    return done(await parts.keys.seed(context, userId, teamId));
  },

  async undo({ context, parts, tester: { userId, teamId } }) {
    if (!parts.keys || userId === null || teamId === null) return done('There were no keys.');
    await parts.keys.remove(context, userId, teamId);
    return done('The keys are taken back.');
  },
};
