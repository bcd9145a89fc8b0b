import { Code } from '@connectrpc/connect';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { TeamRole } from '#proto/muster/v1/auth_pb.js';
import { codeOf, startTestControlPlane, type TestControlPlane, type TestUser } from '../testing/index.ts';

let plane: TestControlPlane;
let owner: TestUser;
let lovelace: TestUser;
let lovecraft: TestUser;
beforeAll(async () => {
  plane = await startTestControlPlane();
  owner = plane.other;
  lovelace = await plane.makeUser('Lovelace');
  lovecraft = await plane.makeUser('Lovecraft');
});
afterAll(() => plane?.stop());

const search = async (by: TestUser, emailPrefix: string, teamId = by.teamId) =>
  (await by.clients.users.searchUsers({ teamId, emailPrefix })).users.map(({ email }) => email);

test('people are found by the first three characters of their address, and added by what was found', async () => {
  expect(await search(owner, ' LoV')).toEqual([lovecraft.email, lovelace.email]);
  expect(await search(owner, 'lovel')).toEqual([lovelace.email]);
  expect(await search(owner, 'ove'), 'not by its middle').toEqual([]);
  expect(await search(owner, '%%%'), 'nor by a pattern').toEqual([]);
  for (const short of ['', 'lo']) expect(await codeOf(search(owner, short))).toBe(Code.InvalidArgument);
  const [found] = (await owner.clients.users.searchUsers({ teamId: owner.teamId, emailPrefix: 'lovel' })).users;
  expect(found, 'no more than it takes to know them').toMatchObject({
    name: 'Lovelace',
    teams: [],
    platformAdmin: false,
  });
  await owner.clients.teams.addMember({ teamId: owner.teamId, userId: found!.id, role: TeamRole.MEMBER });
  expect(await search(owner, 'lov'), 'who is in it already is not found').toEqual([lovecraft.email]);
  const { members } = await owner.clients.teams.listMembers({ teamId: owner.teamId });
  expect(members.map(({ name, email }) => [name, email])).toContainEqual(['Lovelace', lovelace.email]);
});

test('members, strangers and keys find nobody, and who is locked out is not found', async () => {
  expect(await codeOf(search(lovelace, 'lov', owner.teamId))).toBe(Code.PermissionDenied);
  expect(await codeOf(search(lovecraft, 'lov', owner.teamId))).toBe(Code.NotFound);
  expect(await codeOf(plane.anonymous.users.searchUsers({ teamId: owner.teamId, emailPrefix: 'lov' }))).toBe(
    Code.Unauthenticated,
  );
  await plane.admin.clients.users.setUserActive({ userId: lovecraft.id, active: false });
  expect(await search(owner, 'lov')).toEqual([]);
});
