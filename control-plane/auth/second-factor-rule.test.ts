import { Code } from '@connectrpc/connect';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { mintToken } from '#contract/token.ts';
import { recover } from '../admin/recover.ts';
import { insertCredential } from '../credentials/index.ts';
import { makeAuthenticator, type Authenticator } from '../second-factor/testing/authenticator.ts';
import {
  clientsOf,
  codeOf,
  cookieJar,
  failureOf,
  iterate,
  startTestControlPlane,
  type CookieJar,
  type TestUser,
} from '../testing/index.ts';

const plane = await startTestControlPlane();
const second = await plane.startReplica();
const { url, admin, services } = plane;
const { pool } = services;
const origin = `http://localhost:${new URL(url).port}`;
afterAll(() => plane.stop());
beforeEach(async () => {
  await pool`truncate sign_in_limits, use_windows`;
  await pool`update installation set require_second_factor = false`;
  await pool`update teams set require_second_factor = false`;
});

const auth = (jar: CookieJar, method: string, message: unknown = {}) =>
  jar.call(`muster.v1.AuthService/${method}`, message);
const required = 'REASON_SECOND_FACTOR_REQUIRED';

let count = 0;
const newUser = () => plane.makeUser(`Person${(count += 1)}`);
async function signedIn(user: TestUser): Promise<CookieJar> {
  const jar = cookieJar(url);
  expect((await auth(jar, 'LogIn', { email: user.email, password: user.password })).body).toHaveProperty('caller');
  return jar;
}
async function register(jar: CookieJar, key = makeAuthenticator(origin)): Promise<Authenticator & { codes: string[] }> {
  const { body } = await auth(jar, 'StartPasskey', { purpose: 'PASSKEY_PURPOSE_REGISTER' });
  const responseJson = key.create(String(body['optionsJson']));
  const answer = await auth(jar, 'RegisterPasskey', { name: 'Laptop', responseJson });
  expect(answer.status).toBe(200);
  return { ...key, codes: (answer.body['recoveryCodes'] ?? []) as string[] };
}
const passkeyIds = async (jar: CookieJar) =>
  ((await auth(jar, 'ListPasskeys')).body['passkeys'] as { id: string }[]).map(({ id }) => id);

/** Gives a user a passkey without their browser, where only that they have one matters. */
const givePasskey = (user: TestUser) => pool`
  insert into passkeys (id, user_id, credential_id, public_key, sign_count, transports, rp_id, name, synced)
  values (${`pky${user.id}`}, ${user.id}, ${user.id}, '', 0, '{}', 'localhost', 'x', false)
  on conflict do nothing`;

test('a team that requires it confines who has none from their next request on, on every replica, and lets go after a passkey', async () => {
  const [owner, member] = [await newUser(), await newUser()];
  await pool`insert into team_members (team_id, user_id, role) values (${owner.teamId}, ${member.id}, 'member')`;
  await givePasskey(owner);
  const jar = await signedIn(member);
  const elsewhere = cookieJar(second.url, {}, new Map(jar.cookies));
  expect((await elsewhere.call('muster.v1.SandboxService/ListSandboxes')).status).toBe(401);
  expect((await jar.call('muster.v1.SandboxService/ListSandboxes')).status).toBe(200);
  await owner.clients.teams.updateTeam({ teamId: owner.teamId, requireSecondFactor: true });

  const confined = [
    'SandboxService/ListSandboxes',
    'FleetService/GetFleet',
    'TeamService/ListTeams',
    'UserService/GetUser',
    'AuthService/ListSessions',
    'AuthService/CreateUserToken',
  ];
  for (const method of confined) {
    expect([method, (await jar.call(`muster.v1.${method}`)).info?.['reason']]).toEqual([method, required]);
  }
  const rows = await pool<{ action: string }[]>`
    select action from audit_events where actor = ${`user:${member.id}`} and outcome = 'denied' order by id`;
  expect(rows.map(({ action }) => action)).toEqual([
    'sandbox.read',
    'fleet.read',
    'team.list',
    'user.read',
    'session.manage',
    'user_token.create',
  ]);
  // Their own other team, too: it is the person who lacks something.
  const own = await jar.call('muster.v1.TeamService/GetTeam', { teamId: member.teamId });
  expect(own).toMatchObject({
    status: 400,
    info: { reason: required, help: expect.stringContaining('add a passkey') },
  });
  expect(await codeOf(member.clients.sandboxes.listSandboxes({})), 'a token of theirs').toBe(Code.FailedPrecondition);
  expect((await auth(jar, 'GetCaller')).body).toMatchObject({
    caller: { secondFactorDemand: { teamNames: [expect.stringContaining(owner.name)] } },
  });
  expect((await auth(cookieJar(url, {}, new Map(jar.cookies)), 'LogOut')).status).toBe(200);

  const again = await signedIn(member);
  expect((await again.call('muster.v1.SandboxService/ListSandboxes')).info?.['reason'], 'led there at sign-in').toBe(
    required,
  );
  await register(again);
  expect((await again.call('muster.v1.SandboxService/ListSandboxes')).status).toBe(200);
  expect((await auth(again, 'GetCaller')).body['caller']).not.toHaveProperty('secondFactorDemand');
});

test('a stream that is open when it becomes required ends', async () => {
  const user = await newUser();
  const stream = iterate(user.clients.sandboxes.watchSandboxes({}));
  await stream.next();
  const [team] = [user.teamId];
  await pool`update teams set require_second_factor = true where id = ${team}`;
  const ended = (async () => {
    for (;;) if ((await stream.next()).done) return undefined;
  })();
  expect((await failureOf(ended)).code).toBeOneOf([Code.FailedPrecondition, Code.Aborted]);
});

test('the installation requires it of everybody; who has one goes on', async () => {
  await givePasskey(admin);
  const [with_, without] = [await newUser(), await newUser()];
  await givePasskey(with_);
  const rule = await admin.clients.auth.setSecondFactorRule({ required: true });
  expect(rule).toMatchObject({ required: true });
  expect(rule.usersWithout).toBeGreaterThan(0);
  expect(await codeOf(without.clients.fleet.getFleet({}))).toBe(Code.FailedPrecondition);
  expect(await codeOf(with_.clients.fleet.getFleet({}))).toBeUndefined();
  const { caller } = await without.clients.auth.getCaller({});
  expect(caller?.secondFactorDemand).toMatchObject({ installation: true, teamNames: [] });
  await admin.clients.auth.setSecondFactorRule({ required: false });
  expect(await codeOf(without.clients.fleet.getFleet({}))).toBeUndefined();
  const rows = await pool`select actor, outcome from audit_events where action = 'second_factor.require' order by id`;
  expect(rows.map(({ actor, outcome }) => `${actor} ${outcome}`)).toEqual([
    `user:${admin.id} done`,
    `user:${admin.id} done`,
  ]);
});

test('keys, machine identities and hosts go on: they are credentials of their own', async () => {
  const user = await newUser();
  await pool`update teams set require_second_factor = true where id = ${user.teamId}`;
  const token = mintToken('team');
  await pool`
    insert into api_keys (id, name, team_id, role, maker_id, created_by)
    values (${`key${user.id}`}, 'x', ${user.teamId}, 'operator', ${user.id}, ${`user:${user.id}`})`;
  await insertCredential(pool, { id: token.id, tokenHash: token.hash, kind: 'team_key', ownerId: `key${user.id}` });
  const withKey = clientsOf(url, { 'x-api-key': token.secret.reveal() });
  expect(await codeOf(withKey.sandboxes.listSandboxes({}))).toBeUndefined();
  expect(await codeOf(user.clients.sandboxes.listSandboxes({}))).toBe(Code.FailedPrecondition);
});

test('who requires it of others has a passkey themself, and the right', async () => {
  const [owner, member] = [await newUser(), await newUser()];
  const update = { teamId: owner.teamId, requireSecondFactor: true };
  expect(await failureOf(owner.clients.teams.updateTeam(update))).toMatchObject({
    code: Code.FailedPrecondition,
    rawMessage: 'You have no passkey yourself.',
  });
  await givePasskey(owner);
  await pool`insert into team_members (team_id, user_id, role) values (${owner.teamId}, ${member.id}, 'member')`;
  expect(await codeOf(member.clients.teams.updateTeam(update))).toBe(Code.PermissionDenied);
  expect(await codeOf(member.clients.auth.setSecondFactorRule({ required: true }))).toBe(Code.PermissionDenied);
  expect((await owner.clients.teams.updateTeam(update)).team?.requireSecondFactor).toBe(true);
  await givePasskey(member);
  const seenByOwner = await owner.clients.teams.listMembers({ teamId: owner.teamId });
  expect(seenByOwner.members.map(({ secondFactor }) => secondFactor)).toEqual([true, true]);
  const seenByMember = await member.clients.teams.listMembers({ teamId: owner.teamId });
  expect(seenByMember.members.map(({ secondFactor }) => secondFactor)).toEqual([undefined, undefined]);
});

test('where browsers allow no passkeys, nobody is required to have one', async () => {
  const byAddress = await plane.startReplica({ MUSTER_PUBLIC_URL: 'https://203.0.113.7' });
  await givePasskey(admin);
  const clients = clientsOf(byAddress.url, { authorization: `Bearer ${admin.token}` });
  expect(await failureOf(clients.auth.setSecondFactorRule({ required: true }))).toMatchObject({
    code: Code.FailedPrecondition,
    rawMessage: expect.stringContaining('no passkeys at https://203.0.113.7'),
  });
});

test('the last passkey goes only with recovery codes in hand where it is required; then the code gets in, and a new one is due', async () => {
  const user = await newUser();
  const jar = await signedIn(user);
  const { codes } = await register(jar);
  await pool`update teams set require_second_factor = true where id = ${user.teamId}`;
  const [id] = await passkeyIds(jar);
  await pool`update recovery_codes set used_at = now() where user_id = ${user.id}`;
  expect((await auth(jar, 'DeletePasskey', { passkeyId: id })).info?.['reason']).toBe('REASON_WRONG_STATE');
  expect(await passkeyIds(jar)).toEqual([id]);
  await pool`update recovery_codes set used_at = null where user_id = ${user.id}`;
  expect((await auth(jar, 'DeletePasskey', { passkeyId: id })).status).toBe(200);
  expect((await jar.call('muster.v1.FleetService/GetFleet')).info?.['reason']).toBe(required);
  const again = cookieJar(url);
  const answer = await auth(again, 'LogIn', { email: user.email, password: user.password });
  expect(answer.body).toMatchObject({ secondFactor: { recoveryCode: true } });
  expect((await auth(again, 'CompleteLogIn', { recoveryCode: codes[0] })).status).toBe(200);
  expect((await again.call('muster.v1.FleetService/GetFleet')).info?.['reason']).toBe(required);
  await register(again);
  expect((await again.call('muster.v1.FleetService/GetFleet')).status).toBe(200);
});

test('of two who remove the last two passkeys at once, one is told to keep theirs', async () => {
  const user = await newUser();
  const jar = await signedIn(user);
  await register(jar);
  await register(jar);
  await pool`delete from recovery_codes where user_id = ${user.id}`;
  await pool`update teams set require_second_factor = true where id = ${user.teamId}`;
  const ids = await passkeyIds(jar);
  const answers = await Promise.all(ids.map((passkeyId) => auth(jar, 'DeletePasskey', { passkeyId })));
  expect(answers.map(({ status }) => status).sort((one, two) => one - two)).toEqual([200, 400]);
});

test('a platform admin resets who lost theirs, with a reason that the audit keeps; nobody resets their own', async () => {
  const user = await newUser();
  const jar = await signedIn(user);
  await register(jar);
  const reset = { userId: user.id, reason: 'Lost the phone; called back on the known number.' };
  expect(await codeOf(plane.other.clients.auth.resetSecondFactor(reset))).toBe(Code.PermissionDenied);
  expect(await codeOf(admin.clients.auth.resetSecondFactor({ ...reset, reason: ' ' }))).toBe(Code.InvalidArgument);
  expect(await codeOf(admin.clients.auth.resetSecondFactor({ ...reset, userId: admin.id }))).toBe(
    Code.PermissionDenied,
  );
  expect((await admin.clients.users.getUser({ userId: user.id })).user?.secondFactor).toBe(true);
  expect((await admin.clients.auth.resetSecondFactor(reset)).removedPasskeys).toBe(1);
  expect((await auth(jar, 'GetCaller')).status, 'their sessions end').toBe(401);
  await signedIn(user);
  expect(await codeOf(admin.clients.auth.resetSecondFactor(reset)), 'there are none').toBe(Code.FailedPrecondition);
  const rows = await pool`
    select actor, content.reason from audit_events join audit_contents content on content.event_id = audit_events.id
    where action = 'second_factor.reset' and target = ${user.id} and outcome = 'done'`;
  expect(rows.map((row) => ({ ...row }))).toEqual([{ actor: `user:${admin.id}`, reason: reset.reason }]);
});

test('recovering a lost admin on the server takes a lost factor away, too', async () => {
  const user = await newUser();
  await register(await signedIn(user));
  const answer = (await recover(plane.context, user.email)) as { resetLink: string };
  const newPassword = 'another correct horse';
  await plane.anonymous.auth.resetPassword({ token: answer.resetLink.split('#')[1]!, newPassword });
  await signedIn({ ...user, password: newPassword });
});

test('a command line that a confined user approves gets nowhere', async () => {
  const user = await newUser();
  const jar = await signedIn(user);
  await pool`update teams set require_second_factor = true where id = ${user.teamId}`;
  const stream = iterate(plane.anonymous.auth.startDeviceLogin({ deviceName: 'x' }));
  const { value } = await stream.next();
  if (value?.event.case !== 'prompt') throw new Error('no prompt');
  const { userCode } = value.event.value;
  expect((await auth(jar, 'ApproveDeviceLogin', { userCode })).info?.['reason']).toBe(required);
  await register(jar);
  expect((await auth(jar, 'ApproveDeviceLogin', { userCode })).status).toBe(200);
});
