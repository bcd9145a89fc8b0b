import { Code, ConnectError } from '@connectrpc/connect';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { TeamRole } from '#proto/muster/v1/auth_pb.js';
import { InvitePolicy } from '#proto/muster/v1/team_pb.js';
import { clientsOf, startTestControlPlane, type TestControlPlane, type TestUser } from '../testing/index.ts';

let plane: TestControlPlane;
beforeAll(async () => {
  plane = await startTestControlPlane();
});
afterAll(() => plane?.stop());

let people = 0;
const person = (name: string): Promise<TestUser> => plane.makeUser(`${name}-${(people += 1)}`);
const refusal = (call: Promise<unknown>) =>
  call.then(
    () => 'allowed',
    (error: unknown) => ConnectError.from(error).code,
  );
const account = { name: 'Newcomer', password: 'correct horse battery' };

/** Invites an address, answers the token in the link. */
async function invite(by: TestUser, email: string, role = TeamRole.MEMBER): Promise<{ id: string; token: string }> {
  const { invite: made, link } = await by.clients.invites.createInvite({ teamId: by.teamId, email, role });
  expect(link).toMatch(/\/invite#mst_inv_/);
  return { id: made!.id, token: link.split('#')[1]! };
}

test('an invite makes an account in the team, with the role that it gives', async () => {
  const owner = await person('Owner');
  const { token } = await invite(owner, 'Newcomer@Example.com', TeamRole.ADMIN);
  const seen = await plane.anonymous.invites.getInvite({ token });
  expect(seen).toMatchObject({ hasAccount: false, invite: { email: 'Newcomer@Example.com', invitedBy: owner.name } });
  const { caller, teamId } = await plane.anonymous.invites.acceptInvite({ token, ...account });
  expect(teamId).toBe(owner.teamId);
  expect(caller).toMatchObject({ email: 'Newcomer@Example.com', activeTeamId: owner.teamId });
  expect(caller!.teams.find((team) => team.teamId === owner.teamId)?.role).toBe(TeamRole.ADMIN);
  expect(await refusal(plane.anonymous.invites.getInvite({ token }))).toBe(Code.NotFound);
});

test('an invite accepted by ten at once is accepted once', async () => {
  const [owner, invited] = await Promise.all([person('Owner'), person('Invited')]);
  const { token } = await invite(owner, invited.email);
  const answers = await Promise.all(
    Array.from({ length: 10 }, () => refusal(invited.clients.invites.acceptInvite({ token }))),
  );
  expect(answers.filter((answer) => answer === 'allowed')).toHaveLength(1);
  expect(answers.filter((answer) => answer === Code.NotFound)).toHaveLength(9);
  const { members } = await owner.clients.teams.listMembers({ teamId: owner.teamId });
  expect(members.map(({ userId }) => userId).toSorted()).toEqual([owner.id, invited.id].toSorted());
});

test('an invite is bound to its address', async () => {
  const [owner, invited, somebodyElse] = await Promise.all([person('Owner'), person('Invited'), person('Else')]);
  const { token } = await invite(owner, invited.email.toUpperCase());
  expect(await refusal(somebodyElse.clients.invites.acceptInvite({ token }))).toBe(Code.PermissionDenied);
  expect(await refusal(plane.anonymous.invites.acceptInvite({ token, ...account }))).toBe(Code.PermissionDenied);
  expect(await refusal(invited.clients.invites.acceptInvite({ token }))).toBe('allowed');
});

test('an invite ends after seven days', async () => {
  const [owner, invited] = await Promise.all([person('Owner'), person('Invited')]);
  const { id, token } = await invite(owner, invited.email);
  const { invites } = await owner.clients.invites.listInvites({ teamId: owner.teamId });
  expect(invites[0]!.expiresAt!.seconds - invites[0]!.createdAt!.seconds).toBe(7n * 86_400n);
  await plane.services.pool`update invites set expires_at = now() where id = ${id}`;
  expect(await refusal(plane.anonymous.invites.getInvite({ token }))).toBe(Code.NotFound);
  expect(await refusal(invited.clients.invites.acceptInvite({ token }))).toBe(Code.NotFound);
});

test('an inviter who was demoted in between gives nothing', async () => {
  const [owner, admin] = await Promise.all([person('Owner'), person('Admin')]);
  const teamId = owner.teamId;
  await owner.clients.teams.addMember({ teamId, userId: admin.id, role: TeamRole.ADMIN });
  const { link } = await admin.clients.invites.createInvite({
    teamId,
    email: 'late@example.com',
    role: TeamRole.ADMIN,
  });
  await owner.clients.teams.setMemberRole({ teamId, userId: admin.id, role: TeamRole.MEMBER });
  expect(await refusal(plane.anonymous.invites.acceptInvite({ token: link.split('#')[1]!, ...account }))).toBe(
    Code.NotFound,
  );
  const signIn = plane.anonymous.auth.logIn({ email: 'late@example.com', password: account.password });
  expect(await refusal(signIn)).toBe(Code.Unauthenticated);
});

test('members invite members where the team says so, and nobody above themselves', async () => {
  const [owner, member] = await Promise.all([person('Owner'), person('Member')]);
  const teamId = owner.teamId;
  await owner.clients.teams.addMember({ teamId, userId: member.id, role: TeamRole.MEMBER });
  const by = (role: TeamRole) =>
    refusal(member.clients.invites.createInvite({ teamId, email: 'friend@example.com', role }));
  expect(await by(TeamRole.MEMBER)).toBe(Code.PermissionDenied);
  await owner.clients.teams.updateTeam({ teamId, invitePolicy: InvitePolicy.MEMBERS });
  expect(await by(TeamRole.ADMIN)).toBe(Code.PermissionDenied);
  expect(await by(TeamRole.MEMBER)).toBe('allowed');
});

test('a revoked, replaced or malformed invite, and one of a deleted team, are one answer', async () => {
  const owner = await person('Owner');
  const revoked = await invite(owner, 'a@example.com');
  await owner.clients.invites.revokeInvite({ inviteId: revoked.id });
  await owner.clients.invites.revokeInvite({ inviteId: revoked.id });
  const replaced = await invite(owner, 'b@example.com');
  const standing = await invite(owner, 'b@example.com');
  const { invites } = await owner.clients.invites.listInvites({ teamId: owner.teamId });
  expect(invites.map(({ id }) => id)).toEqual([standing.id]);
  const { team } = await owner.clients.teams.getTeam({ teamId: owner.teamId });
  await owner.clients.teams.deleteTeam({ teamId: owner.teamId, confirmName: team!.name });
  for (const token of [revoked.token, replaced.token, standing.token, 'mst_inv_nonsense', 'x']) {
    expect(await refusal(plane.anonymous.invites.acceptInvite({ token, ...account }))).toBe(Code.NotFound);
  }
});

test('the invites of another team do not exist', async () => {
  const owner = await person('Owner');
  const { id } = await invite(owner, 'c@example.com');
  const { invites } = plane.other.clients;
  const { teamId } = owner;
  const calls = [
    invites.createInvite({ teamId, email: 'd@example.com', role: TeamRole.MEMBER }),
    invites.listInvites({ teamId }),
    invites.revokeInvite({ inviteId: id }),
  ];
  for (const code of await Promise.all(calls.map(refusal))) expect(code).toBe(Code.NotFound);
});

test('signed-in callers are answered anew, with the team that they joined', async () => {
  const [owner, invited] = await Promise.all([person('Owner'), person('Invited')]);
  const { token } = await invite(owner, invited.email);
  const cookie = `muster-loopback-${new URL(plane.url).port}=${invited.sessionToken}`;
  const { caller } = await clientsOf(plane.url, { cookie, origin: plane.url }).invites.acceptInvite({ token });
  expect(caller!.teams.map((team) => team.teamId)).toContain(owner.teamId);
});
