import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { TeamRole } from '#proto/muster/v1/auth_pb.js';
import { settingsOf } from '../settings/testing/set.ts';
import { startTestService, type TestService } from '../settings/testing/service.ts';
import { eventually, expectEventually, startTestControlPlane, type TestControlPlane } from '../testing/index.ts';
import { startMailServer, type TestMailServer } from './testing/mail-server.ts';

const key = 're_Zt81kVw0_of-resend';
let environmentServer: TestMailServer;
let ownServer: TestMailServer;
let resend: TestService;
let plane: TestControlPlane;
let settings: ReturnType<typeof settingsOf>;
beforeAll(async () => {
  [environmentServer, ownServer, resend] = await Promise.all([
    startMailServer(),
    startMailServer(),
    startTestService(),
  ]);
  resend.key = key;
  plane = await startTestControlPlane({
    env: {
      MUSTER_SMTP_URL: environmentServer.url,
      MUSTER_MAIL_FROM: 'environment@example.com',
      MUSTER_MAIL_TIMEOUT: '1s',
      MUSTER_PRIVATE_RANGES: '127.0.0.1',
    },
  });
  settings = settingsOf(plane.admin.clients);
});
afterAll(async () => {
  await plane?.stop();
  await Promise.all([environmentServer?.close(), ownServer?.close(), resend?.close()]);
});
afterEach(() => {
  [environmentServer.behaviour, ownServer.behaviour, resend.behaviour] = ['take', 'take', 'answer'];
});

const invite = (email: string) =>
  plane.admin.clients.invites.createInvite({ teamId: plane.admin.teamId, email, role: TeamRole.MEMBER });
const subjects = (server: TestMailServer, to: string) => server.mails.filter((mail) => mail.to === to).length;
const throughResend = (to: string) => resend.requests.filter(({ body }) => body.includes(to));

test('whoever sends mail reads the settings at that moment: three mails, three ways, without a restart', async () => {
  expect(await settings.group('mail')).toMatchObject({
    ready: true,
    sentence: 'Mail from environment@example.com goes through 127.0.0.1.',
  });
  await invite('first@example.com');
  await expectEventually(() => subjects(environmentServer, 'first@example.com'), 1);

  await settings.set('mail.resend_base_url', resend.url);
  await settings.setSecret('mail.resend_api_key', key);
  await settings.set('mail.from_name', 'Our "Muster"');
  await settings.set('mail.transport', 'resend');
  await invite('second@example.com');
  await expectEventually(() => throughResend('second@example.com').length, 1);
  const [request] = throughResend('second@example.com');
  expect(request).toMatchObject({ method: 'POST', path: '/emails' });
  expect(request!.headers['idempotency-key']).toMatch(/^mail/);
  expect(request!.headers['user-agent']).toMatch(/^Muster/);
  expect(JSON.parse(request!.body)).toMatchObject({
    from: '"Our \\"Muster\\"" <environment@example.com>',
    to: ['second@example.com'],
    text: expect.stringContaining('mst_inv_'),
  });
  await eventually(
    () => settings.secret('mail.resend_api_key'),
    (secret) => expect(secret).toMatchObject({ lastError: '', lastUsedAt: expect.anything() }),
  );

  const { hostname, port } = new URL(ownServer.url);
  await settings.set('mail.smtp_host', hostname);
  await settings.set('mail.smtp_port', port);
  await settings.set('mail.smtp_security', 'none');
  await settings.set('mail.smtp_user', 'muster');
  await settings.set('mail.from_address', 'settings@example.com');
  await settings.set('mail.transport', 'smtp');
  expect(await settings.group('mail')).toMatchObject({ ready: false, sentence: 'Enter the password of muster.' });
  await settings.setSecret('mail.smtp_password', 'of the mail server');
  await invite('third@example.com');
  await expectEventually(() => subjects(ownServer, 'third@example.com'), 1);
  expect(ownServer.mails[0]!.from).toBe('settings@example.com');
  expect(subjects(environmentServer, 'third@example.com') + throughResend('third@example.com').length).toBe(0);

  await settings.set('mail.transport', 'none');
  expect((await invite('fourth@example.com')).link).toMatch(/mst_inv_/);
  await settings.set('mail.transport', '');
  await invite('fifth@example.com');
  await expectEventually(() => subjects(environmentServer, 'fifth@example.com'), 1);
});

test('a test mail tells in a sentence what became of it, and mends what the secret said', async () => {
  await settings.set('mail.transport', 'smtp');
  expect(await settings.test('mail')).toMatchObject({
    ok: true,
    sentence: expect.stringMatching(/took the mail to ada@/),
  });
  await settings.setSecret('mail.smtp_password', 'another one');
  const refused = await settings.test('mail', 'look@example.com');
  expect(refused).toMatchObject({
    ok: false,
    sentence: expect.stringMatching(/does not take the user and the password/),
  });
  expect(await settings.secret('mail.smtp_password')).toMatchObject({ lastError: refused.sentence });
  await settings.setSecret('mail.smtp_password', 'of the mail server');
  ownServer.behaviour = 'refuse';
  expect((await settings.test('mail', 'nobody@example.com')).sentence).toMatch(
    /does not take mail to this address \(550\)/,
  );
  ownServer.behaviour = 'silent';
  expect((await settings.test('mail', 'slow@example.com')).sentence).toMatch(/did not answer in time/);
  ownServer.behaviour = 'take';
  expect(await settings.test('mail', 'look@example.com')).toMatchObject({ ok: true });
  expect(await settings.secret('mail.smtp_password')).toMatchObject({ lastError: '' });
  const { port } = new URL(resend.url);
  await settings.set('mail.smtp_port', port);
  expect((await settings.setting('mail.smtp_password')).state.value).toMatchObject({ isSet: false });
});

test('what Resend refuses, or does not answer, waits in the outbox, says why, and goes when it is mended', async () => {
  await settings.set('mail.transport', 'resend');
  const failures = [
    [401, /does not take the API key/],
    [422, /from address is of a domain/],
    [429, /limit is used up/],
    [500, /trouble of its own \(500\)/],
    ['garbage', /is not the API of Resend/],
    ['never', /did not answer in time/],
  ] as const;
  for (const [behaviour, sentence] of failures) {
    resend.behaviour = behaviour;
    const tried = await settings.test('mail', 'tried@example.com');
    expect(tried).toMatchObject({ ok: false, sentence: expect.stringMatching(sentence) });
    expect(await settings.secret('mail.resend_api_key')).toMatchObject({ lastError: tried.sentence });
  }
  resend.behaviour = 500;
  await invite('waits@example.com');
  const waiting = () => plane.services.pool<{ lastError: string | null; sealed: boolean }[]>`
    select last_error as "lastError", sealed is not null as sealed from mail_outbox where recipient = 'waits@example.com'`;
  await eventually(waiting, (rows) => expect(rows).toMatchObject([{ lastError: 'resend 500', sealed: true }]));
  resend.behaviour = 'answer';
  // Saving anything about mail has what waits tried again soon: within four timeouts of a second.
  await plane.services
    .pool`update mail_outbox set next_attempt_at = now() + interval '1 hour' where sealed is not null`;
  await settings.setSecret('mail.resend_api_key', key);
  await eventually(waiting, (rows) => expect(rows).toMatchObject([{ sealed: false }]));
  expect(plane.log.join('\n')).not.toMatch(/Zt81kVw0|of the mail server/);
});
