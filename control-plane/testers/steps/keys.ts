import { done, present, type StepHands } from './step.ts';

/** The keys of assistant providers that the team works with from the first minute. */
export const keysStep: StepHands = {
  async carryOut({ context, parts, tester }) {
    const { sentence } = await parts.keys.seed(context, present(tester));
    return done(sentence);
  },

  async undo({ context, parts, tester: { userId, teamId } }) {
    if (userId === null || teamId === null) return done('There were no keys.');
    await parts.keys.remove(context, { userId, teamId });
    return done('The keys are taken back.');
  },
};
