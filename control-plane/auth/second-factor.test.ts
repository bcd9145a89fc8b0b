import { afterAll, beforeEach, expect, test } from 'vitest';
import { makeAuthenticator, type Authenticator, type Mischief } from '../second-factor/testing/authenticator.ts';
import { cookieJar, startTestControlPlane, type CookieJar, type PlainAnswer, type TestUser } from '../testing/index.ts';

const plane = await startTestControlPlane();
const { url, services } = plane;
const { pool } = services;
const origin = `http://localhost:${new URL(url).port}`;
afterAll(() => plane.stop());
beforeEach(() => pool`truncate sign_in_limits, use_windows`);

const auth = (jar: CookieJar, method: string, message: unknown = {}) =>
  jar.call(`muster.v1.AuthService/${method}`, message);
const ok = async (answer: Promise<PlainAnswer>): Promise<PlainAnswer['body']> => {
  const { status, body } = await answer;
  expect(body).toEqual(status === 200 ? body : 'an answer');
  return body;
};
const refusal = async (answer: Promise<PlainAnswer>): Promise<unknown> => (await answer).info?.['reason'];

let count = 0;
const newUser = () => plane.makeUser(`Person${(count += 1)}`);
const logIn = (user: TestUser, jar = cookieJar(url)) =>
  auth(jar, 'LogIn', { email: user.email, password: user.password });
const signedIn = async (user: TestUser): Promise<CookieJar> => {
  const jar = cookieJar(url);
  expect(await ok(logIn(user, jar))).toHaveProperty('caller.userId', user.id);
  return jar;
};
const optionsFor = async (jar: CookieJar, purpose: 'LOG_IN' | 'REGISTER' | 'CONFIRM'): Promise<string> =>
  String((await ok(auth(jar, 'StartPasskey', { purpose: `PASSKEY_PURPOSE_${purpose}` })))['optionsJson']);
const register = async (jar: CookieJar, key: Authenticator, name = 'Laptop', mischief?: Mischief) =>
  auth(jar, 'RegisterPasskey', { name, responseJson: key.create(await optionsFor(jar, 'REGISTER'), mischief) });

/** Somebody with a passkey, signed in, and their recovery codes. */
async function withPasskey(): Promise<{ user: TestUser; jar: CookieJar; key: Authenticator; codes: string[] }> {
  const user = await newUser();
  const [jar, key] = [await signedIn(user), makeAuthenticator(origin)];
  const answer = await ok(register(jar, key));
  return { user, jar, key, codes: answer['recoveryCodes'] as string[] };
}

/** The first step: the right password, which is not enough. */
async function pending(user: TestUser): Promise<CookieJar> {
  const jar = cookieJar(url);
  const answer = await ok(logIn(user, jar));
  expect(answer).toMatchObject({ secondFactor: { passkey: true } });
  expect(answer).not.toHaveProperty('caller');
  return jar;
}
const complete = (jar: CookieJar, factor: { passkeyResponseJson: string } | { recoveryCode: string }) =>
  auth(jar, 'CompleteLogIn', factor);
const completeWith = async (jar: CookieJar, key: Authenticator, mischief?: Mischief) =>
  complete(jar, { passkeyResponseJson: key.use(await optionsFor(jar, 'LOG_IN'), mischief) });
const deniedReasons = async (user: TestUser) =>
  (
    await pool<{ reason: string }[]>`
      select content.reason from audit_events join audit_contents content on content.event_id = audit_events.id where action = 'sign_in.complete' and target = ${user.id} order by audit_events.id`
  ).map(({ reason }) => reason);

test('after the right password, a passkey signs in; before it, the cookie is worth nothing', async () => {
  const { user, key } = await withPasskey();
  const jar = await pending(user);
  expect([...jar.cookies.keys()]).toEqual([`muster-loopback-${new URL(url).port}-sign-in`]);
  expect((await auth(jar, 'GetCaller')).status).toBe(401);
  const [token] = [...jar.cookies.values()];
  const asSession = cookieJar(url, {}, new Map([[`muster-loopback-${new URL(url).port}`, token!]]));
  expect((await auth(asSession, 'GetCaller')).status, 'a pending sign-in is no session').toBe(401);
  expect((await auth(cookieJar(url, { authorization: `Bearer ${token}` }), 'GetCaller')).status).toBe(401);
  expect(await ok(completeWith(jar, key))).toMatchObject({ caller: { userId: user.id }, recoveryCodesLeft: 10 });
  expect([...jar.cookies.keys()]).toEqual([`muster-loopback-${new URL(url).port}`]);
  expect(await ok(auth(jar, 'GetCaller'))).toMatchObject({ caller: { userId: user.id } });
  const events = await pool`
    select action, content.after ->> 'how' as how from audit_events join audit_contents content on content.event_id = audit_events.id
    where target = ${user.id} or content.after ->> 'user' = ${user.id} order by audit_events.id desc limit 2`;
  expect(events.map((row) => ({ ...row }))).toEqual([
    { action: 'session.create', how: 'passkey' },
    { action: 'sign_in.begin', how: null },
  ]);
});

test('a recovery code signs in once, however it is typed', async () => {
  const { user, codes } = await withPasskey();
  expect(codes).toHaveLength(10);
  expect(new Set(codes).size).toBe(10);
  const typed = ` ${codes[0]!.toUpperCase().replaceAll('-', ' ')} `;
  expect(await ok(complete(await pending(user), { recoveryCode: typed }))).toMatchObject({ recoveryCodesLeft: 9 });
  expect((await complete(await pending(user), { recoveryCode: codes[0]! })).status).toBe(401);
  expect(await deniedReasons(user)).toEqual(['The recovery code does not count.']);
});

test('of many who use one recovery code at once, one gets in; the others leave nothing behind', async () => {
  const { user, codes } = await withPasskey();
  const jars = await Promise.all(Array.from({ length: 4 }, () => pending(user)));
  const answers = await Promise.all(jars.map((jar) => complete(jar, { recoveryCode: codes[3]! })));
  expect(answers.map(({ status }) => status).sort((one, two) => one - two)).toEqual([200, 401, 401, 401]);
  const [left] =
    await pool`select count(*)::int as left from recovery_codes where user_id = ${user.id} and used_at is null`;
  expect(left).toEqual({ left: 9 });
});

test('a pending sign-in counts once, also for two at once, and the loser’s code stays good', async () => {
  const { user, codes } = await withPasskey();
  const jar = await pending(user);
  const answers = await Promise.all(
    [codes[0]!, codes[1]!].map((recoveryCode) => complete(jar.copy(), { recoveryCode })),
  );
  expect(answers.map(({ status }) => status).sort((one, two) => one - two)).toEqual([200, 401]);
  expect((await complete(jar, { recoveryCode: codes[2]! })).status, 'used').toBe(401);
  const [left] =
    await pool`select count(*)::int as left from recovery_codes where user_id = ${user.id} and used_at is null`;
  expect(left).toEqual({ left: 9 });
});

test('a pending sign-in ends with its time, with another password and with the account', async () => {
  const { user, codes } = await withPasskey();
  const late = await pending(user);
  await pool`update one_time_tokens set expires_at = now() where user_id = ${user.id}`;
  expect((await complete(late, { recoveryCode: codes[0]! })).status).toBe(401);
  const before = await pending(user);
  const { link } = await plane.admin.clients.auth.createResetLink({ userId: user.id });
  await plane.anonymous.auth.resetPassword({ token: link.split('#')[1]!, newPassword: user.password });
  expect((await complete(before, { recoveryCode: codes[0]! })).status, 'the password was reset').toBe(401);
  const off = await pending(user);
  await plane.admin.clients.users.setUserActive({ userId: user.id, active: false });
  expect((await complete(off, { recoveryCode: codes[0]! })).status).toBe(401);
});

test('a new password by link does not go around the second factor, and does not take it away', async () => {
  const { user, jar, key } = await withPasskey();
  const { link } = await plane.admin.clients.auth.createResetLink({ userId: user.id });
  await plane.anonymous.auth.resetPassword({ token: link.split('#')[1]!, newPassword: 'another correct horse' });
  expect((await auth(jar, 'GetCaller')).status, 'its sessions end').toBe(401);
  const again = await pending({ ...user, password: 'another correct horse' });
  expect((await auth(again, 'GetCaller')).status).toBe(401);
  expect((await completeWith(again, key)).status).toBe(200);
});

test.each<[string, Mischief]>([
  ['from another site', { origin: 'https://evil.example' }],
  ['from the same machine on another port', { origin: 'http://localhost:1' }],
  ['for another host name', { rpId: 'evil.example' }],
  ['with another signature', { badSignature: true }],
])('an answer %s does not count', async (_what, mischief) => {
  const { user, key } = await withPasskey();
  const jar = await pending(user);
  expect((await completeWith(jar, key, mischief)).status).toBe(401);
  expect(await deniedReasons(user)).toEqual(['The passkey was not accepted.']);
  expect((await completeWith(jar, key)).status, 'the true one still does').toBe(200);
});

test('a challenge counts once: neither a replay nor a second try after a bad answer', async () => {
  const { user, key } = await withPasskey();
  const first = await pending(user);
  const options = await optionsFor(first, 'LOG_IN');
  const answer = key.use(options);
  const second = first.copy();
  expect((await complete(first, { passkeyResponseJson: answer })).status).toBe(200);
  expect((await complete(second, { passkeyResponseJson: answer })).status).toBe(401);
  const again = await pending(user);
  expect((await complete(again, { passkeyResponseJson: answer })).status, 'in another sign-in').toBe(401);
  const burnt = await optionsFor(again, 'LOG_IN');
  expect((await complete(again, { passkeyResponseJson: key.use(burnt, { badSignature: true }) })).status).toBe(401);
  expect((await complete(again, { passkeyResponseJson: key.use(burnt) })).status).toBe(401);
});

test('a challenge ends with its time, and counts only for whom and what it was made', async () => {
  const { user, jar, key } = await withPasskey();
  const waiting = await pending(user);
  const late = await optionsFor(waiting, 'LOG_IN');
  await pool`update passkey_challenges set expires_at = now()`;
  expect((await complete(waiting, { passkeyResponseJson: key.use(late) })).status).toBe(401);
  const confirming = await optionsFor(jar, 'CONFIRM');
  expect((await complete(waiting, { passkeyResponseJson: key.use(confirming) })).status).toBe(401);
  const elsewhere = await optionsFor(await pending(user), 'LOG_IN');
  expect((await complete(waiting, { passkeyResponseJson: key.use(elsewhere) })).status).toBe(401);
});

test('another user’s passkey opens nothing, under whatever name', async () => {
  const [one, two] = [await withPasskey(), await withPasskey()];
  const jar = await pending(one.user);
  expect((await completeWith(jar, two.key)).status).toBe(401);
  expect((await completeWith(jar, two.key, { credentialId: one.key.credentialId })).status).toBe(401);
  expect((await completeWith(jar, one.key)).status).toBe(200);
});

test('a counter that goes back is a copy: refused and written down; of two uses with one count, one counts', async () => {
  const { user, key } = await withPasskey();
  expect((await completeWith(await pending(user), key, { signCount: 7 })).status).toBe(200);
  for (const signCount of [7, 3, 0]) {
    expect((await completeWith(await pending(user), key, { signCount })).status).toBe(401);
  }
  expect(await deniedReasons(user)).toEqual(
    Array(3).fill(expect.stringMatching(/counter of passkey pky\w+ went back/)),
  );
  await pool`truncate sign_in_limits`;
  const jars = [await pending(user), await pending(user)];
  const answers = await Promise.all(jars.map((jar) => completeWith(jar, key, { signCount: 8 })));
  expect(answers.map(({ status }) => status).sort((one, two) => one - two)).toEqual([200, 401]);
});

test('an authenticator without a counter, as synced passkeys are, signs in again and again', async () => {
  const { user, key } = await withPasskey();
  for (let round = 0; round < 3; round += 1) {
    expect((await completeWith(await pending(user), key, { signCount: 0 })).status).toBe(200);
  }
});

test('guesses of codes get slower for who guesses, also with the right password in between, and for nobody else', async () => {
  const { user, codes } = await withPasskey();
  const guesser = async (address: string) => {
    const jar = cookieJar(url, { 'user-agent': address });
    await logIn(user, jar);
    return jar;
  };
  const statuses: number[] = [];
  for (let guess = 0; guess < 8; guess += 1) {
    const jar = await guesser('guesser');
    statuses.push((await complete(jar, { recoveryCode: `wrong ${guess}` })).status);
    // The fifth blocks for a second, which may be over before the next is checked.
    await pool`update sign_in_limits set blocked_until = now() + interval '1 hour' where blocked_until is not null`;
  }
  expect(statuses).toEqual([401, 401, 401, 401, 401, 429, 429, 429]);
  const [counted] =
    await pool`select count(*)::int as blocked from sign_in_limits where key like 'account:%' and blocked_until > now()`;
  expect(counted).toEqual({ blocked: 1 });
  const other = await withPasskey();
  expect((await complete(await pending(other.user), { recoveryCode: other.codes[0]! })).status).toBe(200);
  await pool`truncate sign_in_limits`;
  expect((await complete(await pending(user), { recoveryCode: codes[0]! })).status).toBe(200);
});

test.each(['', '{}', 'null', '[]', '{"id":1}', `{"id":"${'a'.repeat(9000)}"}`, '\u0000'])(
  'an answer that is no answer (%#) is refused, not failed at',
  async (responseJson) => {
    const { user, jar } = await withPasskey();
    expect((await complete(await pending(user), { passkeyResponseJson: responseJson })).status).toBeOneOf([400, 401]);
    expect((await auth(jar, 'RegisterPasskey', { name: 'x', responseJson })).status).toBe(400);
    expect((await auth(jar, 'ConfirmCaller', { passkeyResponseJson: responseJson })).status).toBeOneOf([400, 401]);
  },
);

test('the first passkey ends the sessions and sign-ins that did without; further ones end nothing', async () => {
  const user = await newUser();
  const [jar, other] = [await signedIn(user), await signedIn(user)];
  await ok(register(jar, makeAuthenticator(origin)));
  expect((await auth(other, 'GetCaller')).status).toBe(401);
  expect((await auth(jar, 'GetCaller')).status).toBe(200);
  const more = await ok(register(jar, makeAuthenticator(origin), 'Phone'));
  expect(more).not.toHaveProperty('recoveryCodes');
  expect(await ok(auth(jar, 'ListPasskeys'))).toMatchObject({
    passkeys: [{ name: 'Laptop', site: 'localhost' }, { name: 'Phone' }],
    recoveryCodesLeft: 10,
    passkeyOrigin: origin,
    mostPasskeys: 10,
  });
});

test('a sign-in that races the first passkey either comes before and ends, or needs the passkey', async () => {
  for (let round = 0; round < 5; round += 1) {
    const user = await newUser();
    const [jar, key, racer] = [await signedIn(user), makeAuthenticator(origin), cookieJar(url)];
    const responseJson = key.create(await optionsFor(jar, 'REGISTER'));
    await Promise.all([ok(auth(jar, 'RegisterPasskey', { name: 'x', responseJson })), ok(logIn(user, racer))]);
    expect((await auth(racer, 'GetCaller')).status).toBe(401);
  }
});

test('a passkey belongs to one account, is registered once, and there are ten at most', async () => {
  const { jar, key } = await withPasskey();
  expect(await refusal(register(jar, key))).toBe('REASON_NAME_TAKEN');
  const other = await signedIn(await newUser());
  expect(await refusal(register(other, key))).toBe('REASON_NAME_TAKEN');
  expect(await refusal(register(other, makeAuthenticator(origin), 'x', { origin: 'https://evil.example' }))).toBe(
    'REASON_INVALID_FIELD',
  );
  for (let index = 1; index < 10; index += 1) await ok(register(jar, makeAuthenticator(origin), `Key ${index}`));
  expect(await refusal(register(jar, makeAuthenticator(origin), 'Eleventh'))).toBe('REASON_WRONG_STATE');
});

test('changing factors asks who it is, unless they have just shown it; tokens change none', async () => {
  const { user, jar, key } = await withPasskey();
  const [passkey] = (await ok(auth(jar, 'ListPasskeys')))['passkeys'] as { id: string }[];
  await pool`update sessions set confirmed_at = now() - interval '6 minutes' where user_id = ${user.id}`;
  const changes = () => [
    auth(jar, 'DeletePasskey', { passkeyId: passkey!.id }),
    auth(jar, 'CreateRecoveryCodes'),
    auth(jar, 'StartPasskey', { purpose: 'PASSKEY_PURPOSE_REGISTER' }),
  ];
  for (const change of changes()) expect(await refusal(change)).toBe('REASON_CONFIRMATION_REQUIRED');
  expect((await auth(jar, 'ConfirmCaller', { password: 'wrong' })).status).toBe(401);
  expect(await refusal(auth(jar, 'CreateRecoveryCodes'))).toBe('REASON_CONFIRMATION_REQUIRED');
  await ok(auth(jar, 'ConfirmCaller', { password: user.password }));
  await ok(auth(jar, 'CreateRecoveryCodes'));
  await pool`update sessions set confirmed_at = null where user_id = ${user.id}`;
  await ok(auth(jar, 'ConfirmCaller', { passkeyResponseJson: key.use(await optionsFor(jar, 'CONFIRM')) }));
  const token = String((await ok(auth(jar, 'CreateUserToken')))['token']);
  const withToken = cookieJar(url, { authorization: `Bearer ${token}` });
  expect((await auth(withToken, 'DeletePasskey', { passkeyId: passkey!.id })).status).toBe(403);
  expect((await auth(withToken, 'CreateRecoveryCodes')).status).toBe(403);
  expect((await auth(withToken, 'ConfirmCaller', { password: user.password })).status).toBe(403);
  await ok(auth(jar, 'DeletePasskey', { passkeyId: passkey!.id }));
});

test('new recovery codes end the old ones', async () => {
  const { user, jar, codes } = await withPasskey();
  const fresh = (await ok(auth(jar, 'CreateRecoveryCodes')))['recoveryCodes'] as string[];
  expect((await complete(await pending(user), { recoveryCode: codes[0]! })).status).toBe(401);
  expect((await complete(await pending(user), { recoveryCode: fresh[0]! })).status).toBe(200);
});

test('without the last passkey the password alone signs in again, and old codes are gone', async () => {
  const { user, jar } = await withPasskey();
  const [passkey] = (await ok(auth(jar, 'ListPasskeys')))['passkeys'] as { id: string }[];
  const stranger = await withPasskey();
  expect((await auth(stranger.jar, 'DeletePasskey', { passkeyId: passkey!.id })).status).toBe(404);
  await ok(auth(jar, 'DeletePasskey', { passkeyId: passkey!.id }));
  expect((await auth(jar, 'DeletePasskey', { passkeyId: passkey!.id })).status).toBe(404);
  await signedIn(user);
  expect(await pool`select from recovery_codes where user_id = ${user.id}`).toHaveLength(0);
});

test('neither codes nor keys stand anywhere in the clear', async () => {
  const { user, codes } = await withPasskey();
  await complete(await pending(user), { recoveryCode: codes[0]! });
  const everything = JSON.stringify([
    await pool`select * from audit_events`,
    await pool`select * from recovery_codes`,
    await pool`select * from one_time_tokens`,
    plane.log,
  ]);
  for (const code of codes) expect(everything).not.toContain(code);
  expect(everything).not.toMatch(/mst_psi_\w{12}_\w{20}/);
});
