import { Code, ConnectError, createClient } from '@connectrpc/connect';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ApiKeyService, KeyRole } from '#proto/muster/v1/api_key_pb.js';
import { TeamRole } from '#proto/muster/v1/auth_pb.js';
import { IdentityEnvironment, IdentityScope, IdentityService } from '#proto/muster/v1/identity_pb.js';
import {
  clientsWithToken,
  eventually,
  startTestControlPlane,
  type TestControlPlane,
  type TestUser,
} from '../testing/index.ts';

let plane: TestControlPlane;
beforeAll(async () => {
  plane = await startTestControlPlane();
});
afterAll(() => plane?.stop());

const refusal = (call: Promise<unknown>) =>
  call.then(
    () => 'allowed',
    (error: unknown) => ConnectError.from(error).code,
  );
const roleOf = async (teamId: string, user: TestUser, as: TestUser) =>
  (await as.clients.teams.listMembers({ teamId })).members.find(({ userId }) => userId === user.id)?.role;

let people = 0;
/** Somebody new, with a team of their own. */
const person = (name: string): Promise<TestUser> => plane.makeUser(`${name}-${(people += 1)}`);

/** A team of `owner` with these members. */
async function makeTeam(owner: TestUser, members: readonly [TestUser, TeamRole][] = []): Promise<string> {
  const { team } = await owner.clients.teams.createTeam({ name: 'Testers' });
  for (const [user, role] of members) await owner.clients.teams.addMember({ teamId: team!.id, userId: user.id, role });
  return team!.id;
}

test('a team has a slug of twelve hex digits, its maker as owner, and one answer per request id', async () => {
  const { team } = await plane.other.clients.teams.createTeam({ name: 'Testers', requestId: 'once' });
  expect(team).toMatchObject({ name: 'Testers', role: TeamRole.OWNER, members: 1 });
  expect(team!.slug).toMatch(/^[0-9a-f]{6}-[0-9a-f]{6}$/);
  const calls = Array.from({ length: 5 }, () =>
    plane.other.clients.teams.createTeam({ name: 'Testers', requestId: 'once' }),
  );
  for (const again of await Promise.all(calls)) expect(again.team!.id).toBe(team!.id);
});

test('who is demoted while their call waits for the team does not get through', async () => {
  const { pool } = plane.services;
  const [owner, admin, friend] = await Promise.all([person('Owner'), person('Admin'), person('Friend')]);
  const teamId = await makeTeam(owner, [[admin, TeamRole.ADMIN]]);
  const { teams, invites, transport } = admin.clients;
  const identity = {
    teamId,
    name: 'robot',
    environment: IdentityEnvironment.STAGING,
    role: KeyRole.OPERATOR,
    scopes: [IdentityScope.SANDBOX_READ],
  };
  const identities = createClient(IdentityService, transport);
  const identityId = (await createClient(IdentityService, owner.clients.transport).createIdentity(identity)).identity!
    .id;
  const key = { teamId, name: 'ci', role: KeyRole.OPERATOR };
  const keyId = (await createClient(ApiKeyService, owner.clients.transport).createApiKey(key)).key!.id;
  const calls = [
    () => teams.addMember({ teamId, userId: friend.id, role: TeamRole.MEMBER }),
    () => teams.updateTeam({ teamId, name: 'Mine' }),
    () => invites.createInvite({ teamId, email: 'friend@example.com', role: TeamRole.MEMBER }),
    () => identities.createIdentity({ ...identity, name: 'another' }),
    () => identities.createCredential({ identityId }),
    () => identities.rotateCredential({ identityId }),
    () => createClient(ApiKeyService, transport).rotateApiKey({ keyId }),
    () => owner.clients.teams.deleteTeam({ teamId, confirmName: 'Testers' }),
  ];
  const waiting: Promise<unknown>[] = [];
  await pool.begin(async (sql) => {
    await sql`select from teams where id = ${teamId} for update`;
    waiting.push(...calls.map((call) => refusal(call())));
    await eventually(
      async () =>
        (await pool`select pid from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`)
          .length,
      (count) => expect(count).toBe(calls.length),
    );
    await sql`update team_members set role = 'member' where team_id = ${teamId}`;
  });
  expect(await Promise.all(waiting)).toEqual(calls.map(() => Code.PermissionDenied));
});

test('an owner who is locked out can be taken out where there is another, and counts for none', async () => {
  const [owner, locked] = await Promise.all([person('Owner'), person('Locked')]);
  const teamId = await makeTeam(owner, [[locked, TeamRole.MEMBER]]);
  await owner.clients.teams.offerOwnership({ teamId, userId: locked.id });
  await locked.clients.teams.acceptOwnership({ teamId });
  await plane.admin.clients.users.setUserActive({ userId: locked.id, active: false });
  expect(await refusal(owner.clients.teams.leaveTeam({ teamId }))).toBe(Code.FailedPrecondition);
  expect(await refusal(owner.clients.teams.removeMember({ teamId, userId: locked.id }))).toBe('allowed');
});

test('of two last owners who leave at once, one stays', async () => {
  const [first, second] = await Promise.all([person('First'), person('Second')]);
  const teamId = await makeTeam(first, [[second, TeamRole.MEMBER]]);
  await first.clients.teams.offerOwnership({ teamId, userId: second.id });
  await second.clients.teams.acceptOwnership({ teamId });
  const left = await Promise.all([
    refusal(first.clients.teams.leaveTeam({ teamId })),
    refusal(second.clients.teams.leaveTeam({ teamId })),
  ]);
  expect(new Set(left)).toEqual(new Set([Code.FailedPrecondition, 'allowed']));
});

test('ownership is handed over in two steps, and only an offer that stands counts', async () => {
  const [owner, heir] = await Promise.all([person('Owner'), person('Heir')]);
  const teamId = await makeTeam(owner, [[heir, TeamRole.ADMIN]]);
  expect(await refusal(heir.clients.teams.acceptOwnership({ teamId }))).toBe(Code.NotFound);
  expect(await refusal(heir.clients.teams.offerOwnership({ teamId, userId: heir.id }))).toBe(Code.PermissionDenied);
  await owner.clients.teams.offerOwnership({ teamId, userId: heir.id, stepDown: true });
  expect(await roleOf(teamId, heir, owner), 'an offer alone changes nothing').toBe(TeamRole.ADMIN);
  await heir.clients.teams.acceptOwnership({ teamId });
  expect(await roleOf(teamId, heir, heir)).toBe(TeamRole.OWNER);
  expect(await roleOf(teamId, owner, heir)).toBe(TeamRole.ADMIN);
  expect(await refusal(heir.clients.teams.acceptOwnership({ teamId }))).toBe(Code.NotFound);
});

test('an offer is over after its time, with the membership, and when its maker is no owner any more, or locked out', async () => {
  const [owner, second, heir, stranger] = [
    await person('Maker'),
    await person('Second'),
    await person('Heir'),
    await person('Stranger'),
  ];
  const { pool } = plane.services;
  const teamId = await makeTeam(owner, [
    [second, TeamRole.MEMBER],
    [heir, TeamRole.MEMBER],
  ]);
  await pool`update team_members set role = 'owner' where team_id = ${teamId} and user_id = ${second.id}`;
  const offer = (to = heir) => refusal(owner.clients.teams.offerOwnership({ teamId, userId: to.id }));
  const accept = () => refusal(heir.clients.teams.acceptOwnership({ teamId }));
  expect(await offer(stranger), 'to somebody who is not in the team').toBe(Code.NotFound);

  await offer();
  expect(await refusal(stranger.clients.teams.acceptOwnership({ teamId })), 'by somebody else').toBe(Code.NotFound);
  await pool`update ownership_offers set expires_at = now() where team_id = ${teamId}`;
  expect(await accept()).toBe(Code.NotFound);

  await offer();
  await owner.clients.teams.removeMember({ teamId, userId: heir.id });
  await owner.clients.teams.addMember({ teamId, userId: heir.id, role: TeamRole.MEMBER });
  expect(await accept(), 'whoever comes back comes without').toBe(Code.NotFound);

  await offer();
  await second.clients.teams.setMemberRole({ teamId, userId: owner.id, role: TeamRole.ADMIN });
  expect(await accept()).toBe(Code.NotFound);

  await second.clients.teams.offerOwnership({ teamId, userId: heir.id });
  await plane.admin.clients.users.setUserActive({ userId: second.id, active: false });
  expect(await accept()).toBe(Code.NotFound);
  expect(await roleOf(teamId, heir, owner)).toBe(TeamRole.MEMBER);
});

test('admins cannot touch owners, and members touch nobody', async () => {
  const [owner, admin, member] = await Promise.all([person('Owner'), person('Admin'), person('Member')]);
  const teamId = await makeTeam(owner, [
    [admin, TeamRole.ADMIN],
    [member, TeamRole.MEMBER],
  ]);
  expect(await refusal(admin.clients.teams.removeMember({ teamId, userId: owner.id }))).toBe(Code.PermissionDenied);
  expect(await refusal(admin.clients.teams.setMemberRole({ teamId, userId: owner.id, role: TeamRole.MEMBER }))).toBe(
    Code.PermissionDenied,
  );
  expect(await refusal(member.clients.teams.removeMember({ teamId, userId: admin.id }))).toBe(Code.PermissionDenied);
  expect(await refusal(admin.clients.teams.deleteTeam({ teamId, confirmName: 'Testers' }))).toBe(Code.PermissionDenied);
  await admin.clients.teams.setMemberRole({ teamId, userId: member.id, role: TeamRole.ADMIN });
  expect(await roleOf(teamId, member, owner)).toBe(TeamRole.ADMIN);
});

test('a removed member is out at the next request, on another replica, too, where their stream ends', async () => {
  const [owner, member] = await Promise.all([person('Owner'), person('Member')]);
  const elsewhere = clientsWithToken((await plane.startReplica()).url, member.token);
  const teamId = await makeTeam(owner, [[member, TeamRole.MEMBER]]);
  await member.clients.auth.switchTeam({ teamId });
  expect((await member.clients.auth.getCaller({})).caller!.activeTeamId).toBe(teamId);
  const stream = elsewhere.sandboxes.watchSandboxes({ teamId })[Symbol.asyncIterator]();
  await stream.next();
  await owner.clients.teams.removeMember({ teamId, userId: member.id });
  expect(await refusal(elsewhere.sandboxes.listSandboxes({ teamId }))).toBe(Code.NotFound);
  expect(await refusal(elsewhere.sandboxes.createSandbox({ teamId }))).toBe(Code.NotFound);
  expect(await refusal(member.clients.teams.getTeam({ teamId }))).toBe(Code.NotFound);
  expect(await refusal(untilItsEnd(stream))).toBeOneOf([Code.Aborted, Code.NotFound, Code.PermissionDenied]);
  expect((await member.clients.auth.getCaller({})).caller!.activeTeamId).toBe(member.teamId);
  await owner.clients.teams.removeMember({ teamId, userId: member.id });
});

async function untilItsEnd(stream: AsyncIterator<unknown>): Promise<void> {
  while (!(await stream.next()).done);
}

test('a deleted team is in no answer, and its slug stays taken', async () => {
  const owner = await person('Owner');
  const teamId = await makeTeam(owner);
  const { slug } = (await owner.clients.teams.getTeam({ teamId })).team!;
  await owner.clients.auth.switchTeam({ teamId });
  expect(await refusal(owner.clients.teams.deleteTeam({ teamId, confirmName: 'Another' }))).toBe(Code.InvalidArgument);
  await owner.clients.teams.deleteTeam({ teamId, confirmName: 'Testers' });
  expect(await refusal(owner.clients.teams.getTeam({ teamId }))).toBe(Code.NotFound);
  expect(await refusal(plane.admin.clients.teams.getTeam({ teamId }))).toBe(Code.NotFound);
  expect(await refusal(owner.clients.auth.switchTeam({ teamId }))).toBe(Code.NotFound);
  const { caller } = await owner.clients.auth.getCaller({});
  expect(caller!.teams.map((team) => team.teamId)).toEqual([owner.teamId]);
  expect(caller!.activeTeamId).toBe(owner.teamId);
  const another = plane.services
    .pool`insert into teams (id, slug, name) values ('team0123456789slug', ${slug}, 'Another')`;
  await expect(another).rejects.toMatchObject({ constraint_name: 'teams_slug_key' });
});

test('a team of others does not exist', async () => {
  const teamId = plane.admin.teamId;
  const { teams } = plane.other.clients;
  const calls = [
    teams.getTeam({ teamId }),
    teams.updateTeam({ teamId, name: 'Mine' }),
    teams.deleteTeam({ teamId, confirmName: '' }),
    teams.getTeamUsage({ teamId }),
    teams.listMembers({ teamId }),
    teams.addMember({ teamId, userId: plane.other.id, role: TeamRole.ADMIN }),
    teams.setMemberRole({ teamId, userId: plane.admin.id, role: TeamRole.MEMBER }),
    teams.removeMember({ teamId, userId: plane.admin.id }),
    teams.leaveTeam({ teamId }),
    teams.offerOwnership({ teamId, userId: plane.admin.id }),
    teams.acceptOwnership({ teamId }),
  ];
  for (const code of await Promise.all(calls.map(refusal))) expect(code).toBe(Code.NotFound);
});

test('quota and own hosts are for platform admins', async () => {
  const teamId = plane.other.teamId;
  expect(await refusal(plane.other.clients.teams.setTeamQuota({ teamId, quota: { sandboxes: 5 } }))).toBe(
    Code.PermissionDenied,
  );
  expect(await refusal(plane.other.clients.teams.setTeamOwnHosts({ teamId, ownHosts: true }))).toBe(
    Code.PermissionDenied,
  );
  const { team } = await plane.admin.clients.teams.setTeamQuota({ teamId, quota: { sandboxes: 5, cpu: 1.5 } });
  expect(team!.quota).toMatchObject({ sandboxes: 5, cpu: 1.5, memoryMib: 0n });
  const usage = await plane.other.clients.teams.getTeamUsage({ teamId });
  expect(usage).toMatchObject({ used: { sandboxes: 0 }, quota: { sandboxes: 5 } });
});
