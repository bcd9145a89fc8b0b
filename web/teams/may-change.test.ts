import { create } from '@bufbuild/protobuf';
import { expect, test } from 'vitest';
import { TeamRole } from '#proto/muster/v1/auth_pb.js';
import { InvitePolicy, MemberSchema, TeamSchema } from '#proto/muster/v1/team_pb.js';
import { inviteRefusal, leaveRefusal, memberRefusals } from './may-change.ts';

const me = (role: TeamRole) => ({ userId: 'user1', role });
const member = (role: TeamRole, userId = 'user2') => create(MemberSchema, { userId, role });

test('an admin changes admins and members, never an owner', () => {
  expect(memberRefusals(me(TeamRole.ADMIN), member(TeamRole.MEMBER), 1).setRole).toBeUndefined();
  expect(memberRefusals(me(TeamRole.ADMIN), member(TeamRole.ADMIN), 1).remove).toBeUndefined();
  const { setRole, remove } = memberRefusals(me(TeamRole.ADMIN), member(TeamRole.OWNER), 2);
  expect(setRole).toContain('Only an owner');
  expect(remove).toContain('Only an owner');
});

test('where members come from a sign-in service, not even an owner changes them here', () => {
  const owner = { ...me(TeamRole.OWNER), managedElsewhere: 'Change them there.' };
  const refusals = memberRefusals(owner, member(TeamRole.MEMBER), 2);
  expect(Object.values(refusals)).toEqual(Array(3).fill('Change them there.'));
});

test('a member changes nobody', () => {
  const { setRole, offer, remove } = memberRefusals(me(TeamRole.MEMBER), member(TeamRole.MEMBER), 1);
  expect([setRole, offer, remove].every(Boolean)).toBe(true);
});

test('the last owner can neither step down nor leave; one of two can', () => {
  expect(memberRefusals(me(TeamRole.OWNER), member(TeamRole.OWNER, 'user1'), 1).setRole).toContain('last one');
  expect(leaveRefusal(me(TeamRole.OWNER), 1)).toContain('last one');
  expect(memberRefusals(me(TeamRole.OWNER), member(TeamRole.OWNER, 'user1'), 2).setRole).toBeUndefined();
  expect(leaveRefusal(me(TeamRole.OWNER), 2)).toBeUndefined();
});

test('ownership is offered by owners, to those who do not have it', () => {
  expect(memberRefusals(me(TeamRole.OWNER), member(TeamRole.ADMIN), 1).offer).toBeUndefined();
  expect(memberRefusals(me(TeamRole.OWNER), member(TeamRole.OWNER), 2).offer).toBeDefined();
  expect(memberRefusals(me(TeamRole.ADMIN), member(TeamRole.MEMBER), 1).offer).toBeDefined();
});

test('nobody removes themselves: they leave', () => {
  expect(memberRefusals(me(TeamRole.OWNER), member(TeamRole.OWNER, 'user1'), 2).remove).toContain('leave');
});

test('members invite only where the team says so', () => {
  const team = (role: TeamRole, invitePolicy: InvitePolicy) => create(TeamSchema, { role, invitePolicy });
  expect(inviteRefusal(team(TeamRole.MEMBER, InvitePolicy.ADMINS))).toBeDefined();
  expect(inviteRefusal(team(TeamRole.MEMBER, InvitePolicy.MEMBERS))).toBeUndefined();
  expect(inviteRefusal(team(TeamRole.ADMIN, InvitePolicy.ADMINS))).toBeUndefined();
});
