import { Code } from '@connectrpc/connect';
import { durationFromMs } from '@bufbuild/protobuf/wkt';
import { afterAll, expect, test } from 'vitest';
import { CallerKind } from '#proto/muster/v1/auth_pb.js';
import {
  clientsInBrowser,
  clientsWithToken,
  codeOf,
  eventually,
  expectEventually,
  iterate,
  startTestControlPlane,
} from '../testing/index.ts';

const controlPlane = await startTestControlPlane();
const second = await controlPlane.startReplica();
const { url, services } = controlPlane;
afterAll(() => controlPlane.stop());

test('sessions are listed newest first, in pages, and only the own ones', async () => {
  const user = await controlPlane.makeUser('Joan');
  for (let index = 0; index < 4; index += 1) {
    await services.pool`
      insert into sessions (id, token_hash, user_id, user_agent, address, expires_at, created_at)
      values (${`session${index}0000`}, '', ${user.id}, ${`browser ${index}`}, '', now() + interval '1 day', now() - ${index + 1} * interval '1 hour')`;
  }
  const first = await user.clients.auth.listSessions({ pageSize: 2 });
  expect(first.sessions).toMatchObject([
    { id: user.sessionId, current: true },
    { userAgent: 'browser 0', current: false },
  ]);
  const next = await user.clients.auth.listSessions({ pageSize: 10, pageToken: first.nextPageToken });
  expect(next.sessions.map(({ userAgent }) => userAgent)).toEqual(['browser 1', 'browser 2', 'browser 3']);
  expect(next.nextPageToken).toBe('');
  expect((await user.clients.auth.listSessions({ pageToken: 'nonsense' })).sessions).toEqual([]);
});

test('a session is ended by its user and by nobody else', async () => {
  const user = await controlPlane.makeUser('Radia');
  expect(await codeOf(controlPlane.admin.clients.auth.revokeSession({ sessionId: user.sessionId }))).toBe(
    Code.NotFound,
  );
  await user.clients.auth.revokeSession({ sessionId: user.sessionId });
  expect(await codeOf(user.clients.auth.getCaller({}))).toBe(Code.Unauthenticated);
});

test('a user token lives as long as it was asked for, and ends with its session', async () => {
  const user = await controlPlane.makeUser('Frances');
  const { token, expiresAt } = await user.browser.auth.createUserToken({ lifetime: durationFromMs(60_000) });
  expect(Number(expiresAt!.seconds) * 1000 - Date.now()).toBeLessThanOrEqual(60_000);
  const clients = clientsWithToken(url, token);
  expect((await clients.auth.getCaller({})).caller).toMatchObject({ kind: CallerKind.USER_TOKEN, userId: user.id });
  expect(await codeOf(user.browser.auth.createUserToken({ lifetime: durationFromMs(48 * 3_600_000) }))).toBe(
    Code.InvalidArgument,
  );
  await user.clients.auth.revokeSession({ sessionId: user.sessionId });
  expect(await codeOf(clients.auth.getCaller({}))).toBe(Code.Unauthenticated);
});

test('a token makes no successor of itself: no other token, and no session', async () => {
  const user = await controlPlane.makeUser('Rozsa');
  const stream = iterate(controlPlane.anonymous.auth.startDeviceLogin({ deviceName: 'muster elsewhere' }));
  const { value: first } = await stream.next();
  if (first?.event.case !== 'prompt') throw new Error('no prompt');
  const { userCode } = first.event.value;
  expect(await codeOf(user.clients.auth.createUserToken({}))).toBe(Code.PermissionDenied);
  expect(await codeOf(user.clients.auth.approveDeviceLogin({ userCode }))).toBe(Code.PermissionDenied);
  const { sessions } = await user.clients.auth.listSessions({});
  expect(sessions.map(({ id }) => id)).toEqual([user.sessionId]);
  await user.browser.auth.approveDeviceLogin({ userCode, refuse: true });
  expect(await codeOf(stream.next())).toBe(Code.PermissionDenied);
});

test('rights are read anew at every request', async () => {
  const user = await controlPlane.makeUser('Karen');
  expect((await user.clients.auth.getCaller({})).caller?.platformAdmin).toBe(false);
  await services.pool`update users set platform_admin = true where id = ${user.id}`;
  await services.pool`delete from team_members where user_id = ${user.id}`;
  expect((await user.clients.auth.getCaller({})).caller).toMatchObject({
    platformAdmin: true,
    teams: [],
    activeTeamId: '',
  });
  await services.pool`update users set active = false where id = ${user.id}`;
  expect(await codeOf(user.clients.auth.getCaller({}))).toBe(Code.Unauthenticated);
});

test('a session lives on while it is used, and ends when it is not', async () => {
  const user = await controlPlane.makeUser('Lynn');
  const expiry = async () =>
    (
      await services.pool<
        { days: number }[]
      >`select extract(epoch from expires_at - now())::integer / 86400 as days from sessions where id = ${user.sessionId}`
    )[0]!.days;
  await services.pool`update sessions set last_used_at = now() - interval '2 minutes', expires_at = now() + interval '1 day' where id = ${user.sessionId}`;
  await user.clients.auth.getCaller({});
  await eventually(expiry, (days) => expect(days).toBeGreaterThan(29));
  await services.pool`update sessions set expires_at = now() where id = ${user.sessionId}`;
  expect(await codeOf(user.clients.auth.getCaller({}))).toBe(Code.Unauthenticated);
});

test('a command line signs in through the browser, on whichever replica', async () => {
  const stream = iterate(controlPlane.anonymous.auth.startDeviceLogin({ deviceName: 'muster on builder-1' }));
  const { value: first } = await stream.next();
  const prompt = first?.event;
  expect(prompt).toMatchObject({ case: 'prompt', value: { userCode: expect.stringMatching(/^[A-Z]{4}-[A-Z]{4}$/) } });
  if (prompt?.case !== 'prompt') return;
  expect(prompt.value.verificationUrl).toBe(`${url}/device?code=${prompt.value.userCode}`);
  const approver = clientsInBrowser(second.url, second.services, controlPlane.other.sessionToken);
  expect((await approver.auth.approveDeviceLogin({ userCode: prompt.value.userCode })).deviceName).toBe(
    'muster on builder-1',
  );
  const { value: last } = await stream.next();
  if (last?.event.case !== 'token') throw new Error(`unexpected ${last?.event.case}`);
  const { caller } = await clientsWithToken(url, last.event.value.token).auth.getCaller({});
  expect(caller).toMatchObject({ kind: CallerKind.USER_TOKEN, userId: controlPlane.other.id });
  expect((await stream.next()).done).toBe(true);
  expect(
    await codeOf(approver.auth.approveDeviceLogin({ userCode: prompt.value.userCode })),
    'a code is used once',
  ).toBe(Code.NotFound);
  const { sessions } = await controlPlane.other.clients.auth.listSessions({});
  expect(sessions.map(({ userAgent }) => userAgent)).toContain('muster on builder-1');
});

test('a refused, unknown or ended code lets nobody in', async () => {
  const stream = iterate(controlPlane.anonymous.auth.startDeviceLogin({ deviceName: 'x' }));
  const { value: first } = await stream.next();
  if (first?.event.case !== 'prompt') throw new Error('no prompt');
  expect(await codeOf(controlPlane.other.browser.auth.approveDeviceLogin({ userCode: 'BBBB-BBBB' }))).toBe(
    Code.NotFound,
  );
  await controlPlane.other.browser.auth.approveDeviceLogin({ userCode: first.event.value.userCode, refuse: true });
  expect(await codeOf(stream.next())).toBe(Code.PermissionDenied);

  const late = iterate(controlPlane.anonymous.auth.startDeviceLogin({ deviceName: 'late' }));
  const { value: prompt } = await late.next();
  if (prompt?.event.case !== 'prompt') throw new Error('no prompt');
  await services.pool`update device_logins set expires_at = now() where user_code = ${prompt.event.value.userCode}`;
  expect(
    await codeOf(controlPlane.other.browser.auth.approveDeviceLogin({ userCode: prompt.event.value.userCode })),
  ).toBe(Code.NotFound);
  await services.pool`select pg_notify('muster', 'device:' || id) from device_logins where user_code = ${prompt.event.value.userCode}`;
  expect(await codeOf(late.next())).toBe(Code.DeadlineExceeded);
});

test('denied attempts of known callers are in the audit log, with what they were about', async () => {
  const { host } = await controlPlane.admin.clients.hosts.createHost({ name: 'not-theirs' });
  const hostId = host!.id;
  expect(await codeOf(controlPlane.other.clients.hosts.cordonHost({ hostId, reason: 'no' }))).toBe(
    Code.PermissionDenied,
  );
  await expectEventually(
    async () =>
      (await services.pool`select actor, target, outcome from audit_events where action = 'host.cordon'`).map(
        (row) => ({ ...row }),
      ),
    [{ actor: `user:${controlPlane.other.id}`, target: hostId, outcome: 'denied' }],
  );
});
