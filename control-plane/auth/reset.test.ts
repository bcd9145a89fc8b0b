import { Code } from '@connectrpc/connect';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { mintToken } from '#contract/token.ts';
import { recover } from '../admin/recover.ts';
import { startMailServer, type TestMailServer } from '../mail/testing/mail-server.ts';
import {
  clientsOf,
  codeOf,
  expectEventually,
  eventually,
  startTestControlPlane,
  type TestControlPlane,
} from '../testing/index.ts';

let server: TestMailServer;
let plane: TestControlPlane;
beforeAll(async () => {
  server = await startMailServer();
  plane = await startTestControlPlane({
    env: { MUSTER_SMTP_URL: server.url, MUSTER_MAIL_FROM: 'muster@example.com' },
  });
});
afterAll(async () => {
  await plane?.stop();
  await server?.close();
});

const newPassword = 'another correct horse';
const tokenIn = (text: string) => /mst_pwr_[0-9A-Za-z]{12}_[0-9A-Za-z]{49}/.exec(text)![0];
const reset = (token: string, password = newPassword) =>
  plane.anonymous.auth.resetPassword({ token, newPassword: password });
const signIn = (email: string, password: string) => codeOf(plane.anonymous.auth.logIn({ email, password }));
const linkFor = async (userId: string) => tokenIn((await plane.admin.clients.auth.createResetLink({ userId })).link);
const mailsTo = (address: string) => server.mails.filter(({ to }) => to === address);

test('who forgot their password sets a new one by mail, and all their sessions end', async () => {
  const user = await plane.makeUser('Margaret');
  expect((await plane.anonymous.setup.getSetup({})).mailConfigured).toBe(true);
  await plane.anonymous.auth.requestPasswordReset({ email: user.email.toUpperCase() });
  await expectEventually(() => mailsTo(user.email).length, 1);
  const token = tokenIn(mailsTo(user.email)[0]!.text);
  expect(mailsTo(user.email)[0]!.text).toContain(`${plane.url}/reset#${token}`);
  await reset(token);
  expect(await codeOf(user.clients.auth.getCaller({}))).toBe(Code.Unauthenticated);
  expect(await signIn(user.email, user.password)).toBe(Code.Unauthenticated);
  expect(await signIn(user.email, newPassword)).toBeUndefined();
  expect(await codeOf(reset(token))).toBe(Code.Unauthenticated);
});

test('whether an address has an account is not to be seen', async () => {
  const user = await plane.makeUser('Katherine');
  const answers = await Promise.all([
    plane.anonymous.auth.requestPasswordReset({ email: 'nobody@example.org' }),
    plane.anonymous.auth.requestPasswordReset({ email: user.email }),
  ]);
  expect(answers[0]).toEqual(answers[1]);
  await expectEventually(() => mailsTo(user.email).length, 1);
  await eventually(
    () => plane.services.pool`select from reset_requests`,
    (rows) => expect(rows).toHaveLength(0),
  );
  expect(mailsTo('nobody@example.org')).toHaveLength(0);
});

test('a link used by ten at once sets one password', async () => {
  const user = await plane.makeUser('Dorothy');
  const token = await linkFor(user.id);
  const passwords = Array.from({ length: 10 }, (_, index) => `${newPassword} ${index}`);
  const codes = await Promise.all(passwords.map((password) => codeOf(reset(token, password))));
  expect(codes.filter((code) => code === undefined)).toHaveLength(1);
  expect(codes.filter((code) => code === Code.Unauthenticated)).toHaveLength(9);
  expect(await signIn(user.email, passwords[codes.indexOf(undefined)]!)).toBeUndefined();
});

test('one link ends the others; used, old, malformed and foreign ones get one answer', async () => {
  const user = await plane.makeUser('Mary');
  const [one, two, old] = [await linkFor(user.id), await linkFor(user.id), await linkFor(user.id)];
  await plane.services
    .pool`update one_time_tokens set expires_at = now() - interval '1 second' where id = ${old.split('_')[2]!}`;
  expect(await codeOf(reset(old))).toBe(Code.Unauthenticated);
  await reset(one);
  for (const token of [
    one,
    two,
    mintToken('pwr').secret.reveal(),
    mintToken('set').secret.reveal(),
    'mst_pwr_x',
    'x',
  ]) {
    expect(await codeOf(reset(token))).toBe(Code.Unauthenticated);
  }
});

test('only platform admins make links, not for who is locked out, and it is audited without the token', async () => {
  const user = await plane.makeUser('Annie');
  expect(await codeOf(plane.other.clients.auth.createResetLink({ userId: user.id }))).toBe(Code.PermissionDenied);
  const token = await linkFor(user.id);
  await plane.admin.clients.users.setUserActive({ userId: user.id, active: false });
  expect(await codeOf(plane.admin.clients.auth.createResetLink({ userId: user.id }))).toBe(Code.FailedPrecondition);
  expect(await codeOf(reset(token))).toBe(Code.Unauthenticated);
  const rows = await plane.services.pool<{ actor: string; action: string }[]>`
    select * from audit_events where target = ${user.id} and action like 'password.%'`;
  expect(rows).toMatchObject([
    { outcome: 'denied', actor: `user:${plane.other.id}` },
    { outcome: 'done', actor: `user:${plane.admin.id}` },
  ]);
  expect(JSON.stringify(await plane.services.pool`select * from audit_events`)).not.toMatch(/mst_pwr_/);
  expect(plane.log.join('')).not.toContain(token);
});

test('somebody who asks again and again fills no mailbox, and does not keep the owner from their link', async () => {
  const user = await plane.makeUser('Hedy');
  const ask = () => codeOf(plane.anonymous.auth.requestPasswordReset({ email: user.email }));
  for (let index = 0; index < 5; index += 1) expect(await ask()).toBeUndefined();
  expect(await ask()).toBe(Code.ResourceExhausted);
  await plane.services.pool`delete from use_windows where key like 'request_reset:%'`;
  expect(await ask()).toBeUndefined();
  await eventually(
    () => plane.services.pool`select from reset_requests`,
    (rows) => expect(rows).toHaveLength(0),
  );
  await expectEventually(() => mailsTo(user.email).length, 5);
  await reset(tokenIn(mailsTo(user.email)[4]!.text));
});

test('a lost admin gets in again from the server, active and in charge, audited', async () => {
  const lost = await plane.makeUser('Lost');
  await plane.admin.clients.users.setUserActive({ userId: lost.id, active: false });
  const answer = (await recover(plane.context, ' LOST@example.org ')) as { resetLink: string };
  await reset(tokenIn(answer.resetLink));
  expect(await signIn(lost.email, newPassword)).toBeUndefined();
  const [row] = await plane.services.pool`select active, platform_admin as admin from users where id = ${lost.id}`;
  expect(row).toEqual({ active: true, admin: true });
  expect(await plane.services.pool`select actor from audit_events where action = 'user.recover'`).toMatchObject([
    { actor: 'system' },
  ]);
  await expect(recover(plane.context, 'nobody@example.org')).rejects.toThrow(/no such account/);
});

test('where no mail is configured, the sentence says whom to ask', async () => {
  const silent = await plane.startReplica({ MUSTER_SMTP_URL: '', MUSTER_MAIL_FROM: '' });
  const call = clientsOf(silent.url).auth.requestPasswordReset({ email: 'ada@example.org' });
  await expect(call).rejects.toMatchObject({ code: Code.FailedPrecondition });
  expect((await clientsOf(silent.url).setup.getSetup({})).mailConfigured).toBe(false);
});
