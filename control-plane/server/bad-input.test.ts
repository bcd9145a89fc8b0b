import { once } from 'node:events';
import { connect as connectHttp2 } from 'node:http2';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { createClient } from '@connectrpc/connect';
import { createGrpcTransport } from '@connectrpc/connect-node';
import { afterAll, expect, test } from 'vitest';
import { AuthService } from '#proto/muster/v1/auth_pb.js';
import { callPlain, startTestControlPlane } from '../testing/index.ts';

const controlPlane = await startTestControlPlane();
const { url } = controlPlane;
afterAll(() => controlPlane.stop());

/** Sends bytes as they are and answers all that comes back. */
async function raw(bytes: string | Buffer, { thenEnd = false } = {}): Promise<string> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  socket.on('error', () => {});
  if (thenEnd) socket.end(bytes);
  else socket.write(bytes);
  return text(socket).catch(() => '');
}
const stillServes = async () => expect((await fetch(`${url}/healthz`)).status).toBe(200);
const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
const getCaller = (headers: Record<string, string>) => callPlain(url, 'muster.v1.AuthService/GetCaller', {}, headers);

test.each([
  [
    'no host',
    'POST /muster.v1.SetupService/GetSetup HTTP/1.0\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}',
  ],
  [
    'a host that is none',
    'POST /muster.v1.SetupService/GetSetup HTTP/1.1\r\nHost: a b[\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}',
  ],
  ['a path that is none', 'GET http://[ HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n'],
  ['a star', 'OPTIONS * HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n'],
  ['a broken escape', 'GET /%E0%A4%A HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n'],
  ['a zero byte', 'GET /%00 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n'],
])('a request with %s is refused and nothing breaks', async (_what, bytes) => {
  expect(await raw(bytes)).toMatch(/^HTTP\/1.1 4\d\d |^HTTP\/1.1 503 /);
  await stillServes();
});

test.each([
  ['noise', Buffer.from(Array.from({ length: 512 }, (_, index) => (index * 7919) % 256))],
  ['half of an HTTP/2 preface', 'PRI * HT'],
  ['an HTTP/2 preface and noise', `PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n${'\xff'.repeat(100)}`],
  ['the beginning of TLS', Buffer.from('16030100a50100', 'hex')],
  ['nothing', ''],
])('a connection that brings %s ends, and nothing breaks', async (_what, bytes) => {
  await raw(bytes, { thenEnd: true });
  await stillServes();
});

test('headers that are too large are refused', async () => {
  expect(await raw(`GET / HTTP/1.1\r\nHost: localhost\r\nX: ${'a'.repeat(17_000)}\r\n\r\n`)).toMatch(/^HTTP\/1.1 431 /);
  await stillServes();
});

test('headers that are too large are refused over HTTP/2, too, and a credential of that size is none', async () => {
  const session = connectHttp2(url);
  session.on('error', () => {});
  const stream = session.request({ ':path': '/healthz', x: 'a'.repeat(70_000) });
  const status = await new Promise((resolve) => {
    stream.once('response', (headers) => resolve(headers[':status']));
    stream.once('error', () => resolve('closed'));
    stream.once('close', () => resolve('closed'));
  });
  expect(status).toSatisfy((one) => one === 'closed' || Number(one) >= 400);
  session.destroy();
  const long = 'a'.repeat(15_000);
  expect((await getCaller(bearer(long))).status).toBe(401);
  expect((await getCaller({ cookie: `muster-loopback-${new URL(url).port}=${long}` })).status).toBe(401);
  await stillServes();
});

test.each([
  ['/muster.v1.AuthService/GetCaller', 'application/proto'],
  ['/muster.v1.ProcessService/Run', 'application/connect+proto'],
  ['/muster.v1.ProcessService/Run', 'application/grpc'],
])('a request to %s as %s that is refused before it is whole keeps no stream', async (path, contentType) => {
  const session = connectHttp2(url);
  const headers = { ':method': 'POST', ':path': path, 'content-type': contentType, 'content-length': '16000' };
  const stream = session.request(headers);
  stream.write('the beginning');
  stream.resume();
  const trailers = contentType === 'application/grpc' ? once(stream, 'trailers') : [{}];
  const [, answer, last] = await Promise.all([once(stream, 'close'), once(stream, 'response'), trailers]);
  expect({ ...answer[0], ...last[0] }).toMatchObject(
    contentType === 'application/grpc'
      ? { ':status': 200, 'grpc-status': '16' }
      : { ':status': contentType === 'application/proto' ? 401 : 200 },
  );
  expect(stream.rstCode).toBe(0);
  session.destroy();
});

test('a message that is too large is refused with the limit, compressed or not', async () => {
  const answer = await callPlain(url, 'muster.v1.AuthService/LogIn', {
    email: 'a',
    password: 'x'.repeat(5 * 1024 * 1024),
  });
  expect(answer).toMatchObject({
    status: 429,
    body: { code: 'resource_exhausted' },
    info: { reason: 'REASON_TOO_LARGE' },
  });
  const { gzipSync } = await import('node:zlib');
  const bomb = await fetch(`${url}/muster.v1.AuthService/LogIn`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'content-encoding': 'gzip' },
    body: gzipSync(Buffer.alloc(64 * 1024 * 1024, ' ')),
  });
  expect(await bomb.json()).toMatchObject({ code: 'resource_exhausted' });
});

test.each([
  ['no JSON', '{'],
  ['another kind of JSON', '[]'],
  ['an unknown field', '{"nonsense": 1}'],
  ['a field of another type', '{"email": 5}'],
])('%s is an invalid argument with a reason', async (_what, body) => {
  expect(await callPlain(url, 'muster.v1.AuthService/LogIn', body)).toMatchObject({
    status: 400,
    body: { code: 'invalid_argument' },
    info: { reason: 'REASON_INVALID_FIELD', requestId: expect.stringMatching(/^req/) },
  });
});

test('a gRPC message that is no message is an invalid argument with a reason', async () => {
  const session = connectHttp2(url);
  const stream = session.request({
    ':method': 'POST',
    ':path': '/muster.v1.AuthService/LogIn',
    'content-type': 'application/grpc',
    te: 'trailers',
  });
  // One envelope of two bytes that begin a field and end in the middle of it.
  stream.end(Buffer.of(0, 0, 0, 0, 2, 0x0a, 0x7f));
  const [trailers] = (await once(stream.resume(), 'trailers')) as [Record<string, string>];
  session.close();
  expect(trailers).toMatchObject({ 'grpc-status': '3', 'grpc-status-details-bin': expect.any(String) });
});

test('a text with a zero character is an invalid argument, not a fault of ours', async () => {
  const client = createClient(AuthService, createGrpcTransport({ baseUrl: url }));
  await expect(client.logIn({ email: 'a\0b', password: 'x' })).rejects.toMatchObject({
    rawMessage: expect.stringContaining('cannot be stored'),
  });
});

test('wrong methods and content types are refused in words', async () => {
  const get = await fetch(`${url}/muster.v1.AuthService/LogIn`);
  expect([get.status, await get.text()]).toEqual([405, expect.stringContaining('POST')]);
  const form = await fetch(`${url}/muster.v1.AuthService/LogIn`, {
    method: 'POST',
    body: 'a=b',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
  });
  expect([form.status, await form.text()]).toEqual([415, expect.stringContaining('application/json')]);
  expect((await fetch(`${url}/muster.v1.AuthService/NoSuchMethod`, { method: 'POST' })).status).toBe(404);
  expect((await fetch(`${url}/healthz`, { method: 'DELETE' })).status).toBe(405);
});

test('garbage in a cookie is nobody, garbage in a token is refused', async () => {
  const port = new URL(url).port;
  for (const cookie of [
    '=',
    ';;;',
    `muster-loopback-${port}=`,
    `muster-loopback-${port}=mst_ses_x`,
    `muster-loopback-${port}=${'%'.repeat(5000)}`,
    '\u00ff=\u00ff',
  ]) {
    expect((await callPlain(url, 'muster.v1.SetupService/GetSetup', {}, { cookie })).status).toBe(200);
    expect((await getCaller({ cookie })).status).toBe(401);
  }
  const none = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${controlPlane.admin.token.split('.')[1]}.`;
  const answers = await Promise.all(
    [
      none,
      'x',
      `${controlPlane.admin.token}x`,
      'mst_org_a_b',
      controlPlane.admin.sessionToken,
      '..',
      controlPlane.admin.token.split('.').slice(0, 2).join('.'),
    ].map((token) => getCaller(bearer(token))),
  );
  const bodies = answers.map(({ status, body, info }) => ({
    status,
    message: body['message'],
    reason: info?.['reason'],
  }));
  expect(new Set(bodies.map((body) => JSON.stringify(body)))).toEqual(
    new Set([
      JSON.stringify({ status: 401, message: 'No valid credential was presented.', reason: 'REASON_UNAUTHENTICATED' }),
    ]),
  );
  for (const authorization of ['Basic YTpi', 'Bearer', 'Bearer a b', `bearer${'x'.repeat(4000)}`])
    expect((await getCaller({ authorization })).status).toBe(401);
});

test('two credentials at once are refused, also when both are good', async () => {
  const { token, sessionToken } = controlPlane.admin;
  const cookie = `muster-loopback-${new URL(url).port}=${sessionToken}`;
  expect((await getCaller({ cookie })).status).toBe(200);
  expect(await getCaller({ cookie, ...bearer(token) })).toMatchObject({
    status: 401,
    body: { message: expect.stringContaining('more than one') },
  });
  expect((await getCaller({ 'x-api-key': 'x', ...bearer(token) })).status).toBe(401);
  expect((await getCaller({ 'x-api-key': 'x' })).status).toBe(401);
});

test("a host's token opens nothing of a user's", async () => {
  const { token } = await controlPlane.services.installation.tokens.sign({
    audience: 'muster-host',
    subject: 'host:host0123456789abcdef',
    lifetimeMs: 60_000,
    claims: { epoch: 1, gen: 1 },
  });
  expect(await getCaller(bearer(token.reveal()))).toMatchObject({
    status: 403,
    info: { reason: 'REASON_NOT_ALLOWED' },
  });
});

test('no token that crossed this test is in the log', () => {
  const { token, sessionToken } = controlPlane.admin;
  const log = controlPlane.log.join('');
  expect(log).not.toContain(sessionToken);
  expect(log).not.toContain(token);
  expect(log).not.toContain(controlPlane.admin.password);
});
