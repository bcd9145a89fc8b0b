import { afterAll, expect, test } from 'vitest';
import { callPlain, startTestControlPlane } from '../testing/index.ts';

const controlPlane = await startTestControlPlane();
const behindTls = await controlPlane.startReplica({ MUSTER_PUBLIC_URL: 'https://muster.example/' });
afterAll(() => controlPlane.stop());

const port = new URL(controlPlane.url).port;
const cookie = `muster-loopback-${port}=${controlPlane.admin.sessionToken}`;
const getCaller = (headers: Record<string, string>, url = controlPlane.url) =>
  callPlain(url, 'muster.v1.AuthService/GetCaller', {}, headers);

test('the cookie counts from the pages of this console, by each of its loopback names', async () => {
  for (const origin of [`http://127.0.0.1:${port}`, `http://localhost:${port}`, `http://[::1]:${port}`]) {
    expect((await getCaller({ cookie, origin, 'sec-fetch-site': 'same-origin' })).status).toBe(200);
  }
  expect((await getCaller({ cookie })).status, 'programs send no origin').toBe(200);
});

test.each([
  `https://127.0.0.1:${port}`,
  `http://127.0.0.1:${Number(port) + 1}`,
  'http://127.0.0.1',
  'https://evil.example',
  'null',
  `http://127.0.0.1:${port}.evil.example`,
  '',
])('the cookie does not count from another scheme, host or port: %s', async (origin) => {
  expect(await getCaller({ cookie, origin })).toMatchObject({ status: 403, info: { reason: 'REASON_BAD_ORIGIN' } });
});

test('nor from another site that hides where it is', async () => {
  for (const site of ['cross-site', 'same-site'])
    expect((await getCaller({ cookie, 'sec-fetch-site': site })).status).toBe(403);
});

test('another site cannot sign anybody in either', async () => {
  const answer = await callPlain(
    controlPlane.url,
    'muster.v1.AuthService/LogIn',
    { email: 'a', password: 'b' },
    { origin: 'https://evil.example' },
  );
  expect(answer).toMatchObject({ status: 403, info: { reason: 'REASON_BAD_ORIGIN' } });
});

test.each(['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x'])(
  'a form of another site, which asks nobody first, is read by nothing: %s',
  async (type) => {
    const before = await controlPlane.admin.clients.auth.getCaller({});
    const post = (headers: Record<string, string>) =>
      fetch(`${controlPlane.url}/muster.v1.UserService/UpdateUser`, {
        method: 'POST',
        headers: { cookie, 'content-type': type, ...headers },
        body: '{"name":"Mallory"}',
      });
    expect((await post({ origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' })).ok).toBe(false);
    expect((await post({})).status, 'also from a browser that says nothing of it').toBe(415);
    const after = await controlPlane.admin.clients.auth.getCaller({});
    expect(after.caller!.name).toBe(before.caller!.name);
  },
);

test('a token is presented on purpose: its origin does not matter', async () => {
  expect(
    (await getCaller({ authorization: `Bearer ${controlPlane.admin.token}`, origin: 'https://other.example' })).status,
  ).toBe(200);
});

test('behind TLS the cookie is bound to the host, and the public address is the only origin', async () => {
  const { email, password } = controlPlane.admin;
  const headers = { origin: 'https://muster.example', 'x-forwarded-for': '198.51.100.1, 203.0.113.7' };
  const answer = await callPlain(behindTls.url, 'muster.v1.AuthService/LogIn', { email, password }, headers);
  const setCookie = answer.headers.get('set-cookie')!;
  expect(setCookie).toMatch(/^__Host-muster=mst_ses_\w+; Path=\/; HttpOnly; SameSite=Lax; Secure; Max-Age=\d+$/);
  const session = { cookie: setCookie.split(';', 1)[0]! };
  expect((await getCaller({ ...session, origin: 'https://muster.example' }, behindTls.url)).status).toBe(200);
  expect((await getCaller({ ...session, origin: behindTls.url }, behindTls.url)).status).toBe(403);
  expect(
    (await getCaller({ cookie: `muster-loopback-${port}=${controlPlane.admin.sessionToken}` }, behindTls.url)).status,
    'a loopback cookie is nothing here',
  ).toBe(401);
  const { sessions } = await controlPlane.admin.clients.auth.listSessions({});
  expect(sessions[0]!.address, 'the address that the proxy saw, not what the caller claimed').toBe('203.0.113.7');
});
