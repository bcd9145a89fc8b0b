import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { startTestControlPlane } from '../../testing/index.ts';

const folder = await mkdtemp(join(tmpdir(), 'muster-test-web-'));
const web = join(folder, 'dist');
await mkdir(join(web, 'assets'), { recursive: true });
await writeFile(join(folder, 'secret.txt'), 'outside');
await writeFile(join(web, 'index.html'), '<!doctype html><title>console</title>');
await writeFile(join(web, 'assets', 'index-abc.js'), 'export {};');
await writeFile(join(web, 'empty.txt'), '');
await symlink(join(folder, 'secret.txt'), join(web, 'link.txt'));

const controlPlane = await startTestControlPlane({ users: false, env: { MUSTER_WEB_DIR: web } });
const bare = await controlPlane.startReplica({ MUSTER_WEB_DIR: join(folder, 'nowhere') });
afterAll(async () => {
  await controlPlane.stop();
  await rm(folder, { recursive: true });
});

const page = { accept: 'text/html,application/xhtml+xml' };
const get = async (path: string, headers: Record<string, string> = {}, url = controlPlane.url) => {
  const response = await fetch(url + path, { headers });
  return { status: response.status, headers: response.headers, text: await response.text() };
};

test('every address that a person opens is the one page, with a strict policy', async () => {
  for (const path of ['/', '/hosts', '/hosts/host123?tab=keys', '/setup']) {
    const answer = await get(path, page);
    expect(answer).toMatchObject({ status: 200, text: expect.stringContaining('<title>console</title>') });
    expect(answer.headers.get('content-security-policy')).toBe(
      "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; font-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'",
    );
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
    expect(answer.headers.get('referrer-policy')).toBe('no-referrer');
    expect(answer.headers.get('cache-control')).toBe('no-cache');
  }
});

test('files whose name changes with their content are kept for ever, others are asked for again', async () => {
  const asset = await get('/assets/index-abc.js');
  expect(asset).toMatchObject({ status: 200, text: 'export {};' });
  expect(asset.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
  expect(asset.headers.get('content-type')).toBe('text/javascript; charset=utf-8');
  const again = await get('/index.html', { 'if-none-match': (await get('/index.html')).headers.get('etag')! });
  expect(again).toMatchObject({ status: 304, text: '' });
  expect(await get('/empty.txt')).toMatchObject({ status: 200, text: '' });
});

test('what is not there is not the page', async () => {
  expect((await get('/assets/gone.js')).status).toBe(404);
  expect((await get('/assets')).status).toBe(404);
  expect((await fetch(`${controlPlane.url}/`, { method: 'POST' })).status).toBe(404);
});

test.each([
  '/../secret.txt',
  '/%2e%2e/secret.txt',
  '/..%2fsecret.txt',
  '/assets/..%2f..%2fsecret.txt',
  '/link.txt',
  '/%2e%2e%5csecret.txt',
  '//secret.txt',
  `/${'a'.repeat(5000)}`,
])('nothing outside the folder is served: %s', async (path) => {
  const { port } = new URL(controlPlane.url);
  const status = await new Promise((resolve, reject) => {
    // `request` sends the path as it stands; `fetch` would tidy it up.
    request({ host: '127.0.0.1', port, path, agent: false }, (response) => resolve(response.resume().statusCode))
      .on('error', reject)
      .end();
  });
  expect(status).toBe(404);
});

test('HEAD answers without a body', async () => {
  const response = await fetch(`${controlPlane.url}/index.html`, { method: 'HEAD' });
  expect([response.status, response.headers.get('content-length'), await response.text()]).toEqual([200, '37', '']);
});

test('where the console is not built, a page says how to build it', async () => {
  expect(await get('/', page, bare.url)).toMatchObject({
    status: 503,
    text: expect.stringContaining('The console is not built'),
  });
});

test('no address leads to another site', async () => {
  for (const path of [
    '//evil.example',
    '/%2f%2fevil.example',
    '/\\evil.example',
    '/sign-in?next=https://evil.example',
  ]) {
    const { status, headers } = await fetch(`${controlPlane.url}${path}`, { redirect: 'manual' });
    expect([path, headers.get('location')]).toEqual([path, null]);
    expect(status === 200 || status >= 400, `${path} got ${status}`).toBe(true);
  }
});
