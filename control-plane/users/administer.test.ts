import { Code, createClient } from '@connectrpc/connect';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { ApiKeyService, KeyRole } from '#proto/muster/v1/api_key_pb.js';
import {
  clientsInBrowser,
  clientsOf,
  clientsWithToken,
  codeOf,
  iterate,
  startTestControlPlane,
  type Clients,
  type TestControlPlane,
  type TestUser,
} from '../testing/index.ts';

let plane: TestControlPlane;
let second: Awaited<ReturnType<TestControlPlane['startReplica']>>;
beforeAll(async () => {
  plane = await startTestControlPlane();
  second = await plane.startReplica();
});
afterAll(() => plane?.stop());
// Each begins with Ada as the only one who runs the installation.
beforeEach(() => plane.services.pool`update users set platform_admin = id = ${plane.admin.id}, active = true`);

let people = 0;
const person = (options?: { platformAdmin: boolean }) => plane.makeUser(`Person${(people += 1)}`, options);
const runs = () => plane.services.pool<{ id: string }[]>`select id from users where platform_admin and active`;

test('the last platform admin stays one, and in, whoever asks', async () => {
  const { admin } = plane;
  const keys = createClient(ApiKeyService, admin.clients.transport);
  const { secret } = await keys.createApiKey({ name: 'automation', role: KeyRole.ADMIN });
  const { users } = clientsOf(plane.url, { 'x-api-key': secret });
  const last = { userId: admin.id };
  expect(await codeOf(admin.clients.users.setPlatformAdmin({ ...last, platformAdmin: false }))).toBe(
    Code.FailedPrecondition,
  );
  expect(await codeOf(users.setPlatformAdmin({ ...last, platformAdmin: false }))).toBe(Code.FailedPrecondition);
  expect(await codeOf(users.setUserActive({ ...last, active: false }))).toBe(Code.FailedPrecondition);
  // Somebody who is locked out runs nothing.
  const locked = await person({ platformAdmin: true });
  await admin.clients.users.setUserActive({ userId: locked.id, active: false });
  expect(await codeOf(users.setUserActive({ ...last, active: false }))).toBe(Code.FailedPrecondition);
  expect(await runs()).toEqual([{ id: admin.id }]);
});

test('nobody locks themself out', async () => {
  const other = await person({ platformAdmin: true });
  expect(await codeOf(other.clients.users.setUserActive({ userId: other.id, active: false }))).toBe(
    Code.PermissionDenied,
  );
  expect(await codeOf(other.clients.auth.getCaller({}))).toBeUndefined();
});

const ends: Record<string, (users: Clients['users'], userId: string) => Promise<unknown>> = {
  'take the rights of': (users, userId) => users.setPlatformAdmin({ userId, platformAdmin: false }),
  'lock out': (users, userId) => users.setUserActive({ userId, active: false }),
};
test.each(Object.keys(ends))(
  'of two platform admins who %s each other at once, on two replicas, one remains',
  async (how) => {
    for (let round = 0; round < 3; round += 1) {
      const [one, rival] = [await person(), await person()];
      await plane.services.pool`update users set platform_admin = id in (${one.id}, ${rival.id})`;
      const elsewhere = clientsWithToken(second.url, rival.token);
      const codes = await Promise.all([
        codeOf(ends[how]!(one.clients.users, rival.id)),
        codeOf(ends[how]!(elsewhere.users, one.id)),
      ]);
      expect(codes.filter((code) => code === undefined)).toHaveLength(1);
      expect(await runs()).toHaveLength(1);
    }
  },
);

test('who is locked out is out everywhere at once: every session, token and stream, on another replica too', async () => {
  const user = await person();
  const [cookie, token] = [
    clientsInBrowser(second.url, second.services, user.sessionToken),
    clientsWithToken(second.url, user.token),
  ];
  const stream = iterate(token.sandboxes.watchSandboxes({}));
  await stream.next();
  const { teamsWithoutOwner } = await plane.admin.clients.users.setUserActive({ userId: user.id, active: false });
  expect(teamsWithoutOwner).toEqual([expect.stringContaining(user.name)]);
  const ended = async () => {
    while (!(await stream.next()).done);
  };
  for (const call of [() => cookie.auth.getCaller({}), () => token.auth.getCaller({}), ended])
    expect(await codeOf(call())).toBe(Code.Unauthenticated);
  await plane.admin.clients.users.setUserActive({ userId: user.id, active: true });
  expect(await codeOf(token.auth.getCaller({})), 'sessions that ended stay ended').toBe(Code.Unauthenticated);
});

test('of an owner who leaves and one who is locked out at once, the one who leaves stays or the answer says who is left without', async () => {
  for (let round = 0; round < 3; round += 1) {
    const [leaver, locked] = [await person(), await person()];
    const teamId = leaver.teamId;
    await plane.services
      .pool`insert into team_members (team_id, user_id, role) values (${teamId}, ${locked.id}, 'owner')`;
    const [left, answer] = await Promise.all([
      codeOf(leaver.clients.teams.leaveTeam({ teamId })),
      plane.admin.clients.users.setUserActive({ userId: locked.id, active: false }),
    ]);
    const told = answer.teamsWithoutOwner.some((name) => name.includes(leaver.name));
    expect([left, told]).toBeOneOf([
      [Code.FailedPrecondition, false],
      [undefined, true],
    ]);
  }
});

test('the audit tells what somebody was called before, and which teams a lock-out leaves alone', async () => {
  const user: TestUser = await person();
  await user.clients.users.updateUser({ name: 'Another Name' });
  await plane.admin.clients.users.setUserActive({ userId: user.id, active: false });
  const rows = await plane.services.pool`
    select action, before, after from audit_events join audit_contents on event_id = id
    where target = ${user.id} and action in ('user.update', 'user.set_active') order by id`;
  expect(rows).toEqual([
    { action: 'user.update', before: { name: user.name }, after: { name: 'Another Name' } },
    { action: 'user.set_active', before: { active: true }, after: { active: false, teamsWithoutOwner: [user.teamId] } },
  ]);
});
