import { allowEndlessLife, createTeam, endTeam, lockTeam } from '../../teams/index.ts';
import { setTeam } from '../store.ts';
import { done, withTester, type StepHands } from './step.ts';

/** A team of the tester's own, whose sandboxes may live without an end. */
export const teamStep: StepHands = {
  carryOut(step) {
    const { context, tester } = step;
    return withTester(step, async (sql, { teamId, userId }) => {
      if (userId === null) throw new Error('the account comes before the team');
      const stands = teamId !== null && (await lockTeam(sql, teamId));
      const id = stands ? teamId : await createTeam(sql, context, { name: `${tester.name}'s team`, ownerId: userId });
      if (!stands) await setTeam(sql, tester.id, id);
      await allowEndlessLife(sql, context, id);
      return done('They have a team of their own.');
    });
  },

  undo(step) {
    const { context, parts, tester } = step;
    return withTester(step, async (sql, { teamId }) => {
      if (teamId === null || !(await lockTeam(sql, teamId))) return done('There was no team.');
      const team = { id: teamId, name: tester.teamName ?? '' };
      const { destroyedSandboxes } = await endTeam(sql, context, team, parts.endsWithTeam);
      if (destroyedSandboxes === 0) return done('The team is deleted.');
      const sandboxes = destroyedSandboxes === 1 ? '1 sandbox' : `${destroyedSandboxes} sandboxes`;
      return done(`The team is deleted, with ${sandboxes}.`);
    });
  },
};
