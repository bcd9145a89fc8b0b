import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { firstAdmin } from '../support/clients.ts';
import { launchBrowser, patienceMs } from '../support/browser.ts';
import { startSystem, type System } from '../support/system.ts';
import { startGuest, type Guest } from './guest.ts';

/** What a guest would do to act as the console of whoever looks at its page; each answers what came of it. */
const page = `<!doctype html><title>guest</title><body><script src="script.js"></script><script type="module">
const tell = (name, result) => { document.body.dataset[name] = result; };
const tried = async (name, attempt) => tell(name, await attempt().catch((error) => 'refused: ' + error.name));
const rpc = (url, credentials) => fetch(url + '/muster.v1.AuthService/GetCaller',
  { method: 'POST', credentials, headers: { 'content-type': 'application/json' }, body: '{}' }).then(async (r) => r.status + ' ' + await r.text());
const console_ = new URLSearchParams(location.search).get('console') ?? location.origin;
tell('origin', self.origin);
await tried('cookies', async () => document.cookie || 'none');
await tried('storage', async () => { localStorage.setItem('a', 'b'); return 'stored'; });
await tried('rpc', () => rpc(console_, 'include'));
await tried('worker', async () => { await navigator.serviceWorker.register('script.js', { scope: '/' }); return 'registered'; });
await tried('opened', async () => { const w = open(console_ + '/'); if (!w) return 'not opened';
  for (;;) { if (w.closed) return 'not opened'; if (w.location.href !== 'about:blank') return 'reached ' + w.document.title;
    await new Promise((resolve) => setTimeout(resolve, 20)); } });
await tried('own', () => fetch('elsewhere').then((r) => String(r.status)));
await tried('socket', () => new Promise((heard, fail) => { const s = new WebSocket(new URL('socket', location.href).href.replace(/^http/, 'ws'));
  s.onopen = () => s.send('hello'); s.onmessage = ({ data }) => heard(data); s.onerror = () => fail(new Error('socket')); }));
await tried('events', () => new Promise((heard, fail) => { const e = new EventSource('events');
  e.onmessage = ({ data }) => { e.close(); heard(data); }; e.onerror = () => fail(new Error('events')); }));
tell('done', 'yes');
</script></body>`;

/** One that answers everything with a heading. */
const server = `$s = IO::Socket::INET->new(LocalPort => 9090, Listen => 5); while ($c = $s->accept) {
  while (<$c>) { last if /^\\r/ } print $c "HTTP/1.0 200 OK\\r\\nContent-Type: text/html\\r\\n\\r\\n<h1>Here I am</h1>"; close $c }`;

let system: System;
let guest: Guest;
let browser: Browser;
let context: BrowserContext;
const patient = { timeout: patienceMs };
beforeAll(async () => {
  system = await startSystem({ MUSTER_ENDPOINT_DOMAIN: 'endpoints.localhost' });
  await system.addHost('hostile');
  guest = await startGuest(system.admin, 8080, page);
  browser = await launchBrowser();
  context = await browser.newContext();
  const own = await context.newPage();
  await own.goto(system.url);
  // Signed in as people are: by the session's cookie.
  const status = await own.evaluate(
    async (body) =>
      (
        await fetch('/muster.v1.AuthService/LogIn', {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body,
        })
      ).status,
    JSON.stringify({ email: firstAdmin.email, password: firstAdmin.password }),
  );
  expect(status).toBe(200);
}, 300_000);
afterAll(async () => {
  await browser?.close();
  guest?.stop();
  await system?.stop();
});

async function open(url: string): Promise<{ page: Page; said: Record<string, string | undefined> }> {
  const opened = await context.newPage();
  await opened.goto(url);
  await opened.waitForSelector('body[data-done]', { state: 'attached' });
  return { page: opened, said: await opened.evaluate(() => Object.fromEntries(Object.entries(document.body.dataset))) };
}

test('a served page in the path form is nobody: no cookie, no storage, no worker, no call as its viewer', async () => {
  const { pathUrl } = await system.admin.sandboxes.signEndpoint({ sandboxId: guest.sandboxId, port: 8080 });
  const { page: opened, said } = await open(`${pathUrl}page`);
  expect(said).toMatchObject({ script: 'ran', origin: 'null', own: '200', socket: 'echo hello', events: '1' });
  for (const attempt of ['cookies', 'storage', 'rpc', 'worker']) expect(said[attempt]).toMatch(/^refused/);
  expect(said['opened']).toMatch(/^(not opened|refused)/);
  const cookies = await context.cookies();
  expect(cookies.map(({ name }) => name)).not.toContain('guest');
  expect(cookies.some(({ name }) => name.startsWith('muster-loopback'))).toBe(true);
  await opened.close();
});

test('in the wildcard form it has an origin of its own, and still no call as its viewer', async () => {
  const { hostUrl } = await system.admin.sandboxes.signEndpoint({ sandboxId: guest.sandboxId, port: 8080 });
  const link = new URL(hostUrl);
  link.pathname = '/page';
  link.searchParams.set('console', system.url);
  const { page: opened, said } = await open(link.href);
  expect(new URL(opened.url()).search).not.toContain('muster-link');
  expect(said).toMatchObject({ script: 'ran', origin: link.origin, own: '200', storage: 'stored' });
  expect(said).toMatchObject({ socket: 'echo hello', events: '1' });
  expect(said['rpc']).toMatch(/^refused/);
  expect(said['opened']).toMatch(/^(not opened|refused)/);
  expect(said['cookies']).not.toContain('muster');
  await opened.close();
});

test('a page of the console does not load what a guest serves', async () => {
  const { pathUrl } = await system.admin.sandboxes.signEndpoint({ sandboxId: guest.sandboxId, port: 8080 });
  const own = await context.newPage();
  await own.goto(system.url);
  expect(await own.evaluate(async (url) => (await fetch(url)).status, `${pathUrl}script.js`)).toBe(403);
  await own.close();
});

test('what cannot be shown is explained, and shown by itself once it can be', async () => {
  const { sandboxId } = guest;
  const { hostUrl, pathUrl } = await system.admin.sandboxes.signEndpoint({ sandboxId, port: 9090 });
  const inPath = await context.newPage();
  await inPath.goto(pathUrl);
  const own = await context.newPage();
  await own.goto(hostUrl);
  const shows = (title: string) =>
    Promise.all([inPath, own].map((one) => one.getByRole('heading', { name: title, exact: true }).waitFor(patient)));
  await shows('Nothing listens there');
  await own.getByText('Nothing listens on port 9090').waitFor(patient);
  await system.admin.processes.startProcess({ sandboxId, argv: ['perl', '-MIO::Socket::INET', '-e', server] });
  await shows('Here I am');

  await system.admin.sandboxes.pauseSandbox({ sandboxId });
  await Promise.all([inPath.reload(), own.reload()]);
  await shows('This sandbox does not run');
  await own.getByText('This sandbox is paused: resume it first.').waitFor();
  await system.admin.sandboxes.resumeSandbox({ sandboxId });
  await shows('Here I am');

  await system.admin.sandboxes.destroySandbox({ sandboxId });
  await Promise.all([inPath.reload(), own.reload()]);
  await shows('This sandbox is gone');
  await own.getByText('It has ended').waitFor();
});
