import { Code } from '@connectrpc/connect';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { TeamRole } from '#proto/muster/v1/auth_pb.js';
import { mintToken } from '#contract/token.ts';
import { callPlain, codeOf, startTestControlPlane, type TestControlPlane } from '../testing/index.ts';

let plane: TestControlPlane;
beforeAll(async () => void (plane = await startTestControlPlane({ env: { MUSTER_SIGNUP: 'open' } })));
afterAll(() => plane?.stop());

const call = (method: string, message: unknown, headers: Record<string, string> = {}) =>
  callPlain(plane.url, `muster.v1.AuthService/${method}`, message, headers);
const cookieNamed = (value: string) => ({ cookie: `muster-loopback-${new URL(plane.url).port}=${value}` });
const signUp = (email: string, name = 'Somebody') => call('SignUp', { name, email, password: 'correct horse battery' });

test('a session that somebody planted is never the one that signs in', async () => {
  const { admin, other } = plane;
  const planted = cookieNamed(other.sessionToken);
  const answer = await call('LogIn', { email: admin.email, password: admin.password }, planted);
  expect(answer.status).toBe(200);
  const fresh = answer.headers.get('set-cookie')!.split(';', 1)[0]!;
  expect(fresh).not.toContain(other.sessionToken);
  expect((await call('GetCaller', {}, { cookie: fresh })).body).toMatchObject({ caller: { userId: admin.id } });
  expect((await call('GetCaller', {}, planted)).body, 'whose it was before').toMatchObject({
    caller: { userId: other.id },
  });
});

test('a session token that was made up is nobody’s, before a sign-in and after it', async () => {
  const { admin } = plane;
  const invented = mintToken('ses').secret.reveal();
  const answer = await call('LogIn', { email: admin.email, password: admin.password }, cookieNamed(invented));
  expect(answer.headers.get('set-cookie')).not.toContain(invented);
  expect((await call('GetCaller', {}, cookieNamed(invented))).status).toBe(401);
});

test('of ten who sign up with one address at once, one has the account', async () => {
  const spellings = ['racer@example.org', 'RACER@example.org', 'Racer@Example.org'];
  const answers = await Promise.all(Array.from({ length: 10 }, (_, index) => signUp(spellings[index % 3]!)));
  const statuses = answers.map(({ status }) => status);
  expect(statuses.toSorted((a, b) => a - b)).toEqual([200, ...Array<number>(9).fill(409)]);
  const { pool } = plane.services;
  const users = await pool<{ id: string }[]>`select id from users where email_key = 'racer@example.org'`;
  expect(users).toHaveLength(1);
  expect(await pool`select from team_members where user_id = ${users[0]!.id}`).toHaveLength(1);
  expect(
    await pool`select from teams where not exists (select from team_members where team_id = teams.id)`,
    'nobody is left with half of an account',
  ).toHaveLength(0);
});

test.each([
  ['a Cyrillic letter', '\u{430}da@example.org'],
  ['a Cyrillic letter in the domain', 'ada@ex\u{430}mple.org'],
  ['a full-width letter', '\u{ff41}da@example.org'],
  ['a zero-width space', 'a\u{200b}da@example.org'],
  ['a soft hyphen', 'a\u{ad}da@example.org'],
  ['a dot above that lower case adds', '\u{130}da@example.org'],
  ['the sign for kelvin', '\u{212a}ada@example.org'],
])('an address with %s makes no account and is not invited', async (_what, email) => {
  expect(await signUp(email)).toMatchObject({ status: 400, info: { field: 'email' } });
  const { clients, teamId } = plane.admin;
  expect(await codeOf(clients.invites.createInvite({ teamId, email, role: TeamRole.MEMBER }))).toBe(
    Code.InvalidArgument,
  );
});

test('what hides in a name is taken out, and a name of nothing else is refused', async () => {
  const made = await signUp('hidden@example.org', 'A\u{200b}da\u{202e} ');
  expect(made.body).toMatchObject({ caller: { name: 'Ada', teams: [{ teamName: "Ada's team" }] } });
  expect(await signUp('nobody@example.org', '\u{200b}\u{2060}')).toMatchObject({
    status: 400,
    info: { field: 'name' },
  });
  const { users, teams } = plane.other.clients;
  const { user } = await users.updateUser({ name: 'Gr\u{ad}ace' });
  expect(user?.name).toBe('Grace');
  const { team } = await teams.createTeam({ name: 'Plat\u{200b}form' });
  expect(team?.name).toBe('Platform');
  const renamed = await teams.updateTeam({ teamId: team!.id, name: 'Plat\u{2060}form two' });
  expect(renamed.team?.name).toBe('Platform two');
});

test('who looks alike by name is told apart by the address, which cannot', async () => {
  const imitation = await plane.makeUser('Imitation');
  const { teams } = plane.admin.clients;
  const { teamId } = plane.admin;
  await teams.addMember({ teamId, userId: imitation.id, role: TeamRole.MEMBER });
  await imitation.clients.users.updateUser({ name: '\u{410}da' });
  const { members } = await teams.listMembers({ teamId });
  expect(members.map(({ name, email }) => [name, email])).toEqual(
    expect.arrayContaining([
      ['Ada', plane.admin.email],
      ['\u{410}da', imitation.email],
    ]),
  );
});
