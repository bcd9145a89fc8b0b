import { afterAll, beforeAll, expect, test } from 'vitest';
import { startMailServer, type TestMailServer } from '../mail/testing/mail-server.ts';
import { makeAuthenticator } from '../second-factor/testing/authenticator.ts';
import { cookieJar, expectEventually, startTestControlPlane, type TestControlPlane } from '../testing/index.ts';

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

test('whoever’s way of signing in is changed hears of each change by mail, and of none that was refused', async () => {
  const user = await plane.makeUser('Told');
  const key = makeAuthenticator(`http://localhost:${new URL(plane.url).port}`);
  const jar = cookieJar(plane.url);
  const call = async (method: string, message: object = {}) => {
    const { status, body } = await jar.call(`muster.v1.AuthService/${method}`, message);
    expect([method, status]).toEqual([method, 200]);
    return body;
  };
  const addPasskey = async () => {
    const { optionsJson } = await call('StartPasskey', { purpose: 'PASSKEY_PURPOSE_REGISTER' });
    const { passkey } = await call('RegisterPasskey', { name: 'x', responseJson: key.create(String(optionsJson)) });
    return (passkey as { id: string }).id;
  };
  await call('LogIn', { email: user.email, password: user.password });
  const passkeyId = await addPasskey();
  await call('CreateRecoveryCodes');
  await call('DeletePasskey', { passkeyId });
  await call('ChangePassword', { currentPassword: user.password, newPassword: 'another correct horse' });
  await jar.call('muster.v1.AuthService/DeletePasskey', { passkeyId });
  await call('ConfirmCaller', { password: 'another correct horse' });
  await addPasskey();
  await plane.admin.clients.auth.resetSecondFactor({ userId: user.id, reason: 'They lost their phone.' });
  const subjects = () =>
    server.mails
      .filter(({ to }) => to === user.email)
      .map(({ raw }) => /^Subject: (.*(?:\r\n .*)*)/m.exec(raw)?.[1]?.replace(/\s+/g, ' ') ?? '')
      .toSorted((a, b) => a.localeCompare(b));
  await expectEventually(
    subjects,
    [
      'A passkey was added to your account on Muster',
      'New recovery codes were made for your account on Muster',
      'The second factor of your account on Muster was switched off',
      'The password of your account on Muster was changed',
      'A passkey was added to your account on Muster',
      'A platform admin took away the second factor of your account on Muster',
    ].toSorted(),
  );
  expect(server.mails[0]!.text).toContain(`${plane.services.publicUrl}/account`);
});
