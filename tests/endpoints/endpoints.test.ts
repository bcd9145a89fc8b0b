import { randomBytes } from 'node:crypto';
import { request } from 'node:http';
import { timestampDate } from '@bufbuild/protobuf/wkt';
import { createClient, type Interceptor } from '@connectrpc/connect';
import { createConnectTransport } from '@connectrpc/connect-node';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ApiKeyService, KeyRole } from '#proto/muster/v1/api_key_pb.js';
import { SnapshotService } from '#proto/muster/v1/snapshot_pb.js';
import { clientsFor } from '../support/clients.ts';
import { eventually } from '../support/eventually.ts';
import { startNode } from '../support/process.ts';
import { shell } from '../support/run.ts';
import { freePort } from '../support/free-port.ts';
import { startSystem, type System } from '../support/system.ts';
import { startTlsFront, type TlsFront } from '../support/tls-front.ts';
import { startGuest, type Guest } from './guest.ts';

let system: System;
let guest: Guest;
let front: TlsFront;
let brief: { readonly url: string; readonly events: Response };
beforeAll(async () => {
  front = await startTlsFront();
  system = await startSystem({ MUSTER_ENDPOINT_DOMAIN: 'endpoints.localhost', MUSTER_REPLICA_URL: front.url });
  front.leadTo(system.url);
  await system.addHost('endpoints');
  guest = await startGuest(system.admin, 8080);
  // The shortest that there is: it ends while the tests go on.
  const { pathUrl } = await sign(8080, 10n);
  brief = { url: pathUrl, events: await fetch(`${pathUrl}events`) };
}, 300_000);
afterAll(async () => {
  guest?.stop();
  await system?.stop();
  front?.stop();
});

const asAdmin: Interceptor = (next) => (call) => {
  call.header.set('authorization', `Bearer ${system.adminToken}`);
  return next(call);
};
const bearer = () => ({ authorization: `Bearer ${system.adminToken}` });
const at = (path: string, port = 8080) => `${system.url}/endpoints/${guest.sandboxId}/${port}${path}`;
const sign = async (port = 8080, seconds = 3600n) =>
  system.admin.sandboxes.signEndpoint({ sandboxId: guest.sandboxId, port, timeout: { seconds } });
const asPage = { accept: 'text/html' };

/** Resolves where it ends whole. */
async function readToEnd(reader: ReadableStreamDefaultReader): Promise<void> {
  for (;;) if ((await reader.read()).done) return;
}

test('a request goes through whole, with nothing of ours in it and with what the guest needs to know', async () => {
  const answer = await fetch(at('/some/path?x=1&y=%20'), {
    headers: {
      ...bearer(),
      'x-forwarded-for': '6.6.6.6',
      forwarded: 'for=6.6.6.6',
      te: 'trailers',
      'x-own': 'kept',
      cookie: 'a=b',
    },
  });
  const head = await answer.text();
  expect(head).toMatch(/^GET \/some\/path\?x=1&y=%20 HTTP\/1.1/);
  expect(head).toMatch(/\r\nhost: localhost:8080\r\n/i);
  expect(head).toContain('x-own: kept');
  expect(head).toContain('x-forwarded-for: 127.0.0.1\r\n');
  expect(head).toContain(`x-forwarded-prefix: /endpoints/${guest.sandboxId}/8080\r\n`);
  for (const word of ['authorization', system.adminToken, '6.6.6.6', 'cookie', '\r\nte:'])
    expect(head.toLowerCase()).not.toContain(word.toLowerCase());
  expect(answer.headers.get('content-security-policy')).toBe('sandbox allow-scripts allow-forms');
});

test('beside a key, an Authorization header is the guest’s', async () => {
  const { sandboxes } = system.admin;
  const { url } = await sandboxes
    .signEndpoint({ sandboxId: guest.sandboxId, port: 8080 })
    .then(({ pathUrl }) => ({ url: pathUrl }));
  const theirs = await (
    await fetch(`${url}x`, { headers: { authorization: 'Bearer of-the-guest', 'x-api-key': 'whatever' } })
  ).text();
  expect(theirs).toContain('authorization: Bearer of-the-guest');
  expect(theirs).not.toContain('x-api-key');
  const ours = await (await fetch(`${url}x`, { headers: bearer() })).text();
  expect(ours).not.toContain('authorization');
});

test('bodies go both ways byte by byte, by length and in chunks', async () => {
  const body = randomBytes(3_000_000);
  const answer = await fetch(at('/echo'), { method: 'POST', headers: bearer(), body });
  expect(Buffer.from(await answer.arrayBuffer()).equals(body)).toBe(true);
  expect(answer.headers.get('x-length')).toBe('3000000');
});

test('a large answer goes through', async () => {
  const big = await fetch(at('/big/50000000'), { headers: bearer() });
  expect((await big.arrayBuffer()).byteLength).toBe(50_000_000);
});

test('only a credential that was presented on purpose opens a port', async () => {
  expect((await fetch(at('/'))).status).toBe(401);
  const port = new URL(system.url).port;
  expect((await fetch(at('/'), { headers: { cookie: `muster-loopback-${port}=${system.adminToken}` } })).status).toBe(
    401,
  );
  expect((await fetch(at('/'), { headers: { authorization: 'Bearer nonsense' } })).status).toBe(401);
  expect((await fetch(at('/'), { headers: { authorization: 'Basic Z3Vlc3Q6Z3Vlc3Q=' } })).status).toBe(401);
});

test('a signed link opens its port and no other, and says when it ends', async () => {
  const { pathUrl, expiresAt } = await sign();
  const answer = await fetch(`${pathUrl}hello`);
  expect(answer.status).toBe(200);
  const head = await answer.text();
  expect(head).toMatch(/^GET \/hello /);
  expect(head).not.toContain('~');
  expect(Number(expiresAt!.seconds)).toBeGreaterThan(Date.now() / 1000 + 3500);
  expect((await fetch(pathUrl.replace('/8080/', '/8081/'))).status).toBe(401);
  expect((await fetch(pathUrl.replace(/~\d/, '~9'))).status).toBe(401);
});

test('redirects of the guest stay within its endpoint', async () => {
  const { pathUrl } = await sign();
  const answer = await fetch(`${pathUrl}redirect`, { redirect: 'manual' });
  expect(new URL(answer.headers.get('location')!, pathUrl).href).toBe(`${pathUrl}arrived?x=1`);
  const slash = await fetch(at('', 8080), { redirect: 'manual' });
  expect(slash.headers.get('location')).toBe(`/endpoints/${guest.sandboxId}/8080/`);
});

test('events arrive while they are sent, and the guest learns when nobody listens any more', async () => {
  const leave = new AbortController();
  const { pathUrl } = await sign();
  const answer = await fetch(`${pathUrl}events`, { signal: leave.signal });
  const reader = answer.body!.getReader();
  const first = Buffer.from((await reader.read()).value!).toString();
  expect(first).toMatch(/^data: 1\n\n/);
  leave.abort();
});

test('what runs over a key ends when the key is revoked', async () => {
  const keys = createClient(
    ApiKeyService,
    createConnectTransport({ baseUrl: system.url, httpVersion: '1.1', interceptors: [asAdmin] }),
  );
  const { sandbox } = await system.admin.sandboxes.getSandbox({ sandboxId: guest.sandboxId });
  const { key, secret } = await keys.createApiKey({
    name: 'for-a-stream',
    role: KeyRole.OPERATOR,
    teamId: sandbox!.teamId,
  });
  const answer = await fetch(at('/events'), { headers: { 'x-api-key': secret } });
  const reader = answer.body!.getReader();
  expect((await reader.read()).done).toBe(false);
  await keys.revokeApiKey({ keyId: key!.id });
  await expect(readToEnd(reader)).rejects.toThrow('terminated');
  expect((await fetch(at('/'), { headers: { 'x-api-key': secret } })).status).toBe(401);
});

test('what runs over a link ends with the link, and whoever opens it then is told so', async () => {
  expect(brief.events.status).toBe(200);
  await expect(readToEnd(brief.events.body!.getReader())).rejects.toThrow('terminated');
  const page = await fetch(brief.url, { headers: asPage });
  expect([page.status, await page.text()]).toEqual([401, expect.stringContaining('<p>This link is over')]);
});

test('WebSockets go through', async () => {
  const { pathUrl } = await sign();
  const socket = new WebSocket(`${pathUrl.replace('http', 'ws')}socket`);
  const answers: unknown[] = [];
  await new Promise((resolve, reject) => {
    socket.addEventListener('open', () => socket.send('hello'));
    socket.addEventListener('message', ({ data }) => (answers.push(data), resolve(undefined)));
    socket.addEventListener('error', reject);
  });
  expect(answers).toEqual(['echo hello']);
  socket.close();
});

test('what cannot be had is explained: a page for browsers, JSON for programs', async () => {
  const nothing = await fetch(at('/', 9999), { headers: bearer() });
  expect([nothing.status, nothing.headers.get('content-type')]).toEqual([502, 'application/json']);
  expect(await nothing.json()).toMatchObject({
    reason: 'NOTHING_LISTENS',
    message: expect.stringContaining('Nothing listens on port 9999'),
  });
  const page = await fetch(at('/', 9999), { headers: { ...bearer(), ...asPage } });
  expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
  expect(await page.text()).toContain('<h1>Nothing listens there</h1>');
  const garbage = await fetch(at('/garbage'), { headers: bearer() });
  expect([garbage.status, await garbage.text()]).toEqual([502, expect.stringContaining('did not answer with HTTP')]);
});

test('a paused sandbox, one that is gone and one that never was are told apart', async () => {
  const { sandboxes } = system.admin;
  const { sandbox } = await sandboxes.createSandbox({ limits: { memoryMib: 64, diskMib: 64 } });
  const sandboxId = sandbox!.id;
  const look = (id: string) => fetch(`${system.url}/endpoints/${id}/80/`, { headers: bearer() });
  await sandboxes.pauseSandbox({ sandboxId });
  const paused = await look(sandboxId);
  expect([paused.status, await paused.text()]).toEqual([503, expect.stringContaining('is paused')]);
  await sandboxes.destroySandbox({ sandboxId });
  expect((await look(sandboxId)).status).toBe(410);
  expect((await look('sbx0000000000000000')).status).toBe(404);
});

/** A request with a host of its own, which `fetch` does not allow. */
function ask(host: string, path: string, headers: Record<string, string> = {}) {
  const { port } = new URL(system.url);
  return new Promise<{ status: number; headers: Record<string, unknown>; text: string }>((resolve, reject) => {
    request({ host: '127.0.0.1', port, path, headers: { ...headers, host }, agent: false }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (piece: string) => (text += piece));
      response.on('end', () => resolve({ status: response.statusCode!, headers: response.headers, text }));
    })
      .on('error', reject)
      .end();
  });
}

test('in the wildcard form a link becomes a cookie of that host alone, which the guest never sees', async () => {
  const { hostUrl } = await sign();
  const { host, pathname, search } = new URL(hostUrl);
  const first = await ask(host, `${pathname}a?b=1&${search.slice(1)}`, { accept: 'text/html' });
  expect([first.status, first.headers['location']]).toEqual([307, '/a?b=1']);
  const [cookie] = String(first.headers['set-cookie']).split(';');
  expect(String(first.headers['set-cookie'])).toMatch(/; Path=\/; HttpOnly; SameSite=Lax; Max-Age=\d+$/);
  const second = await ask(host, '/a?b=1', { cookie: `own=1; ${cookie}`, origin: `http://${host}` });
  expect(second.text).toMatch(/^GET \/a\?b=1 /);
  expect(second.text).toContain('cookie: own=1\r\n');
  expect(second.text).toContain('origin: http://localhost:8080\r\n');
  expect(second.text).not.toContain('muster-link');
  expect((await ask(host, '/a', { cookie: cookie!, origin: system.url })).status).toBe(403);
  expect(
    (await ask(host, '/a', { cookie: cookie!, 'sec-fetch-site': 'same-site', 'sec-fetch-mode': 'no-cors' })).status,
  ).toBe(403);
  expect((await ask(host.replace('8080-', '8081-'), '/a', { cookie: cookie! })).status).toBe(401);
});

test('on the domain for endpoints there is nothing of the console', async () => {
  const { host } = new URL((await sign()).hostUrl);
  for (const path of ['/', '/healthz', '/metrics', '/muster.v1.SetupService/GetSetup', '/hosts'])
    expect((await ask(host, path)).status).toBe(401);
  expect((await ask(host.replace(/^[^.]*/, 'other'), '/')).status).toBe(404);
});

test('another replica, which reaches this one by https, does all of it with an agent that is not connected to it', async () => {
  const { sandboxId } = guest;
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const second = startNode('second control plane', 'control-plane/main.ts', [], {
    environment: {
      ...system.environment,
      MUSTER_LISTEN: `127.0.0.1:${port}`,
      MUSTER_REPLICA_URL: url,
      NODE_EXTRA_CA_CERTS: front.certificate,
    },
  });
  try {
    await eventually('it is ready', async () => (await fetch(`${url}/readyz`)).ok);
    const there = clientsFor(url, bearer());
    expect(front.connections).toBe(0);
    // Nothing else has happened here yet, so it is the request that counts as use.
    const lastUse = async () => (await there.sandboxes.getSandbox({ sandboxId })).sandbox!.lastActivityAt!;
    const before = timestampDate(await lastUse());
    const answer = await fetch(`${url}/endpoints/${sandboxId}/8080/far`, { headers: bearer() });
    expect(answer.status).toBe(200);
    await eventually('it was used', async () => timestampDate(await lastUse()) > before);
    expect((await shell(there, sandboxId, 'echo over there')).stdout).toBe('over there\n');
    expect(front.connections).toBeGreaterThan(0);

    const data = Uint8Array.from(randomBytes(500_000));
    const file = { sandboxId, at: { case: 'path' as const, value: '/root/up' } };
    await there.files.writeFile({ ...file, data });
    const chunks: Uint8Array[] = [];
    for await (const { part } of there.files.readFile(file)) if (part.case === 'data') chunks.push(part.value);
    expect(Buffer.concat(chunks).equals(data)).toBe(true);

    const transport = createConnectTransport({ baseUrl: url, httpVersion: '1.1', interceptors: [asAdmin] });
    const { snapshot } = await createClient(SnapshotService, transport).createSnapshot({ sandboxId });
    expect(snapshot?.hostIds).toHaveLength(1);
  } finally {
    await second.stop();
  }
});
