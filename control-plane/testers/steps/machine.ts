import { assignHost, releaseHost } from '../../scheduling/index.ts';
import { done, present, skipped, withTester, type StepHands } from './step.ts';

/** A machine of the platform that becomes the team's alone. */
export const machineStep: StepHands = {
  carryOut(step) {
    const { context, tester } = step;
    const { hostId, hostName } = tester;
    const { teamId } = present(tester);
    return withTester(step, async (sql) => {
      if (hostId === null) return skipped('No machine is theirs alone.');
      await assignHost(sql, context, hostId, teamId);
      return done(`${hostName ?? 'The machine'} is theirs alone.`);
    });
  },

  undo(step) {
    const { context, tester } = step;
    const { hostId, hostName, teamId } = tester;
    return withTester(step, async (sql) => {
      if (hostId !== null && teamId !== null) await releaseHost(sql, context, hostId, teamId);
      return done(`${hostName ?? 'The machine'} is everybody’s again.`);
    });
  },
};
