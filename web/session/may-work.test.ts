import { create } from '@bufbuild/protobuf';
import { expect, test } from 'vitest';
import { CallerSchema, TeamRole } from '#proto/muster/v1/auth_pb.js';
import { workRefusal } from './may-work.ts';

const caller = (role: TeamRole) =>
  create(CallerSchema, { activeTeamId: 'team1', teams: [{ teamId: 'team1', teamName: 'Tools', role }] });

test('who may only look is told so, and who has no team', () => {
  expect(workRefusal(caller(TeamRole.MEMBER))).toBeUndefined();
  expect(workRefusal(caller(TeamRole.READ_ONLY))).toContain('Tools');
  expect(workRefusal(create(CallerSchema, {}))).toContain('no active team');
});
