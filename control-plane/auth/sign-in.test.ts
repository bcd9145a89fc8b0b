import { afterAll, beforeEach, expect, test } from 'vitest';
import { callPlain, startTestControlPlane } from '../testing/index.ts';

const controlPlane = await startTestControlPlane({ env: { MUSTER_SIGNUP: 'open' } });
const byInvite = await controlPlane.startReplica({ MUSTER_SIGNUP: 'invite' });
const exposed = await controlPlane.startReplica({ MUSTER_PUBLIC_URL: 'http://muster.example:7080' });
const { url, admin } = controlPlane;
afterAll(() => controlPlane.stop());
beforeEach(() => controlPlane.services.pool`truncate sign_in_limits`);

const call = (method: string, message: unknown = {}, headers: Record<string, string> = {}, base = url) =>
  callPlain(base, `muster.v1.AuthService/${method}`, message, headers);
const logIn = (email: string, password: string, headers: Record<string, string> = {}, base = url) =>
  call('LogIn', { email, password }, headers, base);
/** Whoever is blocked now stays so for a minute: a slow machine must not have waited the first second out. */
const prolongBlocks = async () =>
  (
    await controlPlane.services.pool`
      update sign_in_limits set blocked_until = now() + interval '1 minute' where blocked_until is not null returning key`
  ).length;
const cookieOf = (answer: { headers: Headers }) => ({ cookie: answer.headers.get('set-cookie')!.split(';', 1)[0]! });

test('signs in by email, however it is typed, and out again', async () => {
  const answer = await logIn(' ADA@Example.org ', admin.password);
  expect(answer).toMatchObject({
    status: 200,
    body: { caller: { kind: 'CALLER_KIND_SESSION', userId: admin.id, activeTeamId: admin.teamId } },
  });
  const cookie = cookieOf(answer);
  expect((await call('GetCaller', {}, cookie)).body).toEqual(answer.body);
  const out = await call('LogOut', {}, cookie);
  expect(out.headers.get('set-cookie')).toMatch(/=; .*Max-Age=0$/);
  expect((await call('GetCaller', {}, cookie)).status).toBe(401);
  expect((await call('LogOut', {}, cookie)).status, 'twice is no error').toBe(200);
  expect((await call('LogOut')).status).toBe(200);
});

test('an unknown email, a wrong password and a switched-off account are one and the same refusal', async () => {
  const off = await controlPlane.makeUser('Off');
  await controlPlane.services.pool`update users set active = false where id = ${off.id}`;
  const answers = await Promise.all([
    logIn('nobody@example.org', admin.password),
    logIn(admin.email, 'wrong'),
    logIn(off.email, off.password),
  ]);
  for (const { status, body, headers } of answers) {
    expect([status, body['message'], headers.get('set-cookie')]).toEqual([
      401,
      'No valid credential was presented.',
      null,
    ]);
  }
});

test('signs up where anybody may, with a team of their own, once for each address', async () => {
  const answer = await call('SignUp', {
    name: 'Barbara',
    email: 'barbara@example.org',
    password: 'correct horse battery',
  });
  expect(answer).toMatchObject({
    status: 200,
    body: { caller: { name: 'Barbara', teams: [{ role: 'TEAM_ROLE_OWNER', teamName: "Barbara's team" }] } },
  });
  expect(answer.body['caller']).not.toHaveProperty('platformAdmin');
  expect((await call('GetCaller', {}, cookieOf(answer))).status).toBe(200);
  const again = await call('SignUp', { name: 'B', email: 'BARBARA@example.org', password: 'correct horse battery' });
  expect(again).toMatchObject({
    status: 409,
    body: { code: 'already_exists' },
    info: { reason: 'REASON_NAME_TAKEN', field: 'email' },
  });
});

test('where accounts are made by invitation, nobody signs up', async () => {
  const answer = await call(
    'SignUp',
    { name: 'Eve', email: 'eve@example.org', password: 'correct horse battery' },
    {},
    byInvite.url,
  );
  expect(answer).toMatchObject({ status: 403, info: { reason: 'REASON_INVITE_REQUIRED' } });
});

test.each([
  ['a short password', { name: 'E', email: 'e@example.org', password: 'short' }, 'password', 'at least 12 characters'],
  ['no name', { name: '  ', email: 'e@example.org', password: 'correct horse battery' }, 'name', 'not blank'],
  ['no address', { name: 'E', email: 'example.org', password: 'correct horse battery' }, 'email', 'email address'],
])('%s is refused at its field', async (_what, message, field, words) => {
  const answer = await call('SignUp', message);
  expect(answer).toMatchObject({ status: 400, info: { field } });
  expect(answer.body['message']).toContain(words);
});

test('guessing gets slower, for the guesser and on every replica, and not for the account', async () => {
  const bases = [url, byInvite.url];
  for (let index = 0; index < 5; index += 1)
    expect((await logIn(admin.email, `wrong ${index}`, {}, bases[index % 2])).status).toBe(401);
  expect(await prolongBlocks()).toBe(1);
  const refused = await logIn(admin.email, admin.password, {}, byInvite.url);
  expect(refused).toMatchObject({
    status: 429,
    body: { code: 'resource_exhausted' },
    info: { reason: 'REASON_RATE_LIMITED' },
  });
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
  expect(
    (await logIn(controlPlane.other.email, controlPlane.other.password)).status,
    'another account from there',
  ).toBe(200);
  await controlPlane.services.pool`update sign_in_limits set blocked_until = now() - interval '1 second'`;
  expect((await logIn(admin.email, 'wrong again')).status).toBe(401);
  await controlPlane.services.pool`update sign_in_limits set blocked_until = now() - interval '1 second'`;
  expect((await logIn(admin.email, admin.password)).status).toBe(200);
  expect((await logIn(admin.email, 'wrong')).status, 'a good one begins anew').toBe(401);
});

test('many guesses at once count as many', async () => {
  const began = performance.now();
  const answers = await Promise.all(Array.from({ length: 12 }, (_, index) => logIn(admin.email, `wrong ${index}`)));
  const tried = answers.filter(({ status }) => status === 401).length;
  expect(answers.filter(({ status }) => status === 429)).toHaveLength(12 - tried);
  // One more after a second, another after two, after four: on a slow machine some of these have passed.
  expect(tried).toBeGreaterThanOrEqual(5);
  expect(tried).toBeLessThanOrEqual(5 + Math.log2(1 + (performance.now() - began) / 1_000));
});

test('twenty guesses from one address slow it down for every account', async () => {
  for (let index = 0; index < 20; index += 1)
    expect((await logIn(`nobody${index}@example.org`, 'wrong')).status).toBe(401);
  expect(await prolongBlocks()).toBe(1);
  expect((await logIn('nobody@example.org', 'wrong')).status).toBe(429);
});

test('off loopback nobody signs in over plain HTTP', async () => {
  const headers = { 'x-forwarded-for': '203.0.113.7' };
  expect(await logIn(admin.email, admin.password, headers, exposed.url)).toMatchObject({
    status: 400,
    info: { reason: 'REASON_TLS_REQUIRED' },
  });
  expect(
    (await logIn(admin.email, admin.password, {}, exposed.url)).status,
    'on the machine itself it is possible',
  ).toBe(200);
});

test('a new password ends all other sessions', async () => {
  const user = await controlPlane.makeUser('Margaret');
  const [here, there] = [
    cookieOf(await logIn(user.email, user.password)),
    cookieOf(await logIn(user.email, user.password)),
  ];
  expect(
    await call('ChangePassword', { currentPassword: 'wrong', newPassword: 'another correct horse' }, here),
  ).toMatchObject({ status: 401 });
  expect(
    (await call('ChangePassword', { currentPassword: user.password, newPassword: 'another correct horse' }, here))
      .status,
  ).toBe(200);
  expect((await call('GetCaller', {}, here)).status).toBe(200);
  expect((await call('GetCaller', {}, there)).status).toBe(401);
  expect(
    (await call('GetCaller', {}, { authorization: `Bearer ${user.token}` })).status,
    'tokens end with their session',
  ).toBe(401);
  expect((await logIn(user.email, user.password)).status).toBe(401);
  expect((await logIn(user.email, 'another correct horse')).status).toBe(200);
});

test('what happened is in the audit log, and no secret with it', async () => {
  const rows = await controlPlane.services.pool<{ action: string }[]>`select * from audit_events`;
  expect(rows.map(({ action }) => action)).toEqual(
    expect.arrayContaining(['user.create', 'team.create', 'session.create', 'session.revoke', 'password.change']),
  );
  expect(JSON.stringify(rows)).not.toMatch(/mst_|argon2|correct horse/);
  await expect(controlPlane.services.pool`update audit_events set actor = 'nobody'`).rejects.toThrow(/never changed/);
  await expect(controlPlane.services.pool`delete from audit_events`).rejects.toThrow(/never changed/);
  await expect(controlPlane.services.pool`truncate audit_events cascade`).rejects.toThrow(/never changed/);
});
