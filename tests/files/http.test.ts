import { createHash, randomBytes } from 'node:crypto';
import { request as httpRequest } from 'node:http';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Reason } from '#proto/muster/v1/errors_pb.js';
import { eventually } from '../support/eventually.ts';
import { shell } from '../support/run.ts';
import { startSystem, type System, type TestHost } from '../support/system.ts';

let system: System;
let host: TestHost;
let id: string;

beforeAll(async () => {
  system = await startSystem();
  host = await system.addHost('host');
  const { sandbox } = await system.admin.sandboxes.createSandbox({ limits: { memoryMib: 256, diskMib: 512 } });
  id = sandbox!.id;
}, 600_000);
afterAll(() => system?.stop());

const sh = async (line: string) => (await shell(system.admin, id, line)).stdout;
const sumOf = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
const address = (path: string, query = '') => `${system.url}/sandboxes/${id}/files${path}${query}`;
const mine = () => ({ authorization: `Bearer ${system.adminToken}` });
const call = (
  method: string,
  path: string,
  init: Omit<RequestInit, 'headers'> & { headers?: Record<string, string> } = {},
) => fetch(address(path), { ...init, method, headers: { ...mine(), ...init.headers } });

/** Sends so much of a body and cuts the connection. */
function sendAndCut(path: string, headers: Record<string, string>, bytes: Uint8Array): Promise<void> {
  return new Promise((resolve) => {
    const request = httpRequest(address(path), { method: 'PUT', headers: { ...mine(), ...headers } });
    request.on('error', () => resolve());
    request.write(bytes, () => setTimeout(() => request.destroy(), 100));
    request.on('close', resolve);
  });
}

test('a file is replaced only where it is still the one that was got', async () => {
  const put = await call('PUT', '/root/agreed', { body: 'one' });
  const etag = put.headers.get('etag')!;
  const replace = (body: string) => call('PUT', '/root/agreed', { body, headers: { 'if-match': etag } });
  expect((await replace('two')).status).toBe(200);
  const late = await replace('three');
  expect(late.status).toBe(412);
  expect(await late.json()).toMatchObject({ code: 'aborted', message: expect.stringContaining('nothing was done') });
  expect(await sh('cat /root/agreed')).toBe('two');
  expect((await call('PUT', '/root/agreed', { body: 'x', headers: { 'if-match': '*' } })).status).toBe(400);
});

test('a file is put and got, as it is, by curl’s means', async () => {
  const content = randomBytes(3_000_000);
  const put = await call('PUT', '/root/made/by%20curl?mode=0600&parents=true', { body: content });
  expect(put.status).toBe(200);
  expect(await put.json()).toMatchObject({ file: { path: '/root/made/by curl', size: '3000000', mode: 0o600 } });
  const got = await call('GET', '/root/made/by%20curl');
  expect(got.status).toBe(200);
  expect(sumOf(new Uint8Array(await got.arrayBuffer()))).toBe(sumOf(content));
  expect(Object.fromEntries(got.headers)).toMatchObject({
    'content-length': '3000000',
    'content-type': 'application/octet-stream',
    'content-disposition': "attachment; filename*=UTF-8''by%20curl",
    'content-security-policy': "sandbox; default-src 'none'",
    'x-content-type-options': 'nosniff',
    'muster-file-mode': '0600',
  });
  const again = await call('GET', '/root/made/by%20curl', { headers: { 'if-none-match': got.headers.get('etag')! } });
  expect(again.status).toBe(304);
});

test('ranges are answered as the standard has it', async () => {
  await call('PUT', '/root/digits', { body: '0123456789' });
  const range = async (asked: string, more: Record<string, string> = {}) => {
    const answer = await call('GET', '/root/digits', { headers: { range: asked, ...more } });
    return [answer.status, answer.headers.get('content-range'), await answer.text()];
  };
  expect(await range('bytes=2-4')).toEqual([206, 'bytes 2-4/10', '234']);
  expect(await range('bytes=7-')).toEqual([206, 'bytes 7-9/10', '789']);
  expect(await range('bytes=-3')).toEqual([206, 'bytes 7-9/10', '789']);
  expect(await range('bytes=8-99')).toEqual([206, 'bytes 8-9/10', '89']);
  expect(await range('bytes=10-')).toEqual([416, 'bytes */10', '']);
  expect(await range('bytes=0-1,3-4')).toEqual([200, null, '0123456789']);
  expect(await range('bytes=2-4', { 'if-range': '"other"' })).toEqual([200, null, '0123456789']);
  const head = await call('HEAD', '/root/digits');
  expect([head.status, head.headers.get('content-length')]).toEqual([200, '10']);
  // What has no size may still have content.
  expect(await (await call('GET', '/proc/version')).text()).toMatch(/^Linux/);
});

/** Whether nobody holds an upload that has come so far. */
async function isFree(upload: string, offset: number): Promise<boolean> {
  const headers = { 'content-range': `bytes ${offset + 1}-${offset + 1}/6000000` };
  const { headers: told } = await call('PUT', upload, { body: 'x', headers });
  return told.get('upload-offset') === String(offset);
}

test('an upload goes on after a broken connection, and nothing shows before its end', async () => {
  const content = randomBytes(6_000_000);
  const upload = '/root/resumed?upload=abcdef0123';
  await sendAndCut(upload, { 'content-length': String(content.length) }, content.subarray(0, 2_500_000));
  // Until the break is noticed everywhere, more of it may arrive.
  let before = 0;
  const offset = await eventually('nothing more arrives', async () => {
    const now = Number((await call('HEAD', upload)).headers.get('upload-offset'));
    const isLast = now > 0 && now === before && (await isFree(upload, now));
    before = now;
    return isLast ? now : undefined;
  });
  expect(offset).toBeLessThanOrEqual(2_500_000);
  expect(await sh('ls -A /root | grep -c resumed')).toBe('0\n');
  const put = (from: number, to: number) =>
    call('PUT', upload, {
      body: content.subarray(from, to),
      headers: { 'content-range': `bytes ${from}-${to - 1}/${content.length}` },
    });
  const wrong = await put(offset + 1, offset + 10);
  expect([wrong.status, wrong.headers.get('upload-offset')]).toEqual([409, String(offset)]);
  const part = await put(offset, 4_000_000);
  expect([part.status, part.headers.get('upload-offset')]).toEqual([202, '4000000']);
  expect((await put(4_000_000, content.length)).status).toBe(200);
  expect(await sh('sha256sum < /root/resumed; ls -A /root | grep -c muster')).toBe(`${sumOf(content)}  -\n0\n`);
});

test('an upload that has arrived whole is put in place without a body, and one that is given up is gone', async () => {
  const standsAt = (path: string, offset: string) =>
    eventually('it stands there', async () => (await call('HEAD', path)).headers.get('upload-offset') === offset);
  const whole = '/root/whole?upload=feedbeef01';
  const part = { 'content-range': 'bytes 0-5/7' };
  expect((await call('PUT', whole, { body: 'hello\n', headers: part })).status).toBe(202);
  await standsAt(whole, '6');
  expect((await call('PUT', whole, { headers: { 'content-range': 'bytes */6' } })).status).toBe(200);
  expect(await sh('cat /root/whole')).toBe('hello\n');
  const dropped = '/root/dropped?upload=feedbeef02';
  await sendAndCut(dropped, { 'content-length': '6' }, Buffer.from('hel'));
  await standsAt(dropped, '3');
  expect((await call('DELETE', dropped)).status).toBe(204);
  expect((await call('DELETE', dropped)).status).toBe(204);
  await standsAt(dropped, '0');
  expect((await call('PUT', '/root/empty', { body: '' })).status).toBe(200);
  expect(await sh('stat -c %s /root/empty; ls -A /root | grep -c "dropped\\|muster"')).toBe('0\n0\n');
});

test('an upload that breaks off leaves nothing', async () => {
  await sendAndCut('/root/broken', { 'content-length': '1000000' }, randomBytes(500_000));
  await sendAndCut('/root/broken', { 'transfer-encoding': 'chunked' }, randomBytes(500_000));
  await expect.poll(() => sh('ls -A /root | grep -c "broken\\|muster"'), { timeout: 30_000 }).toBe('0\n');
});

test('another site gets a browser to do nothing, and a stranger sees nothing', async () => {
  const put = (headers: Record<string, string>) =>
    fetch(address('/root/stolen'), { method: 'PUT', body: 'x', headers }).then(({ status }) => status);
  expect(await put({ cookie: `muster-loopback-${new URL(system.url).port}=x`, origin: 'https://evil.example' })).toBe(
    403,
  );
  expect(await put({ 'sec-fetch-site': 'cross-site' })).toBe(403);
  expect(await put({})).toBe(401);
  expect((await fetch(address('/etc/passwd'))).status).toBe(401);
  const other = `${system.url}/sandboxes/sbx000000000000/files/etc/passwd`;
  expect((await fetch(other, { headers: mine() })).status).toBe(404);
});

test('errors say what is wrong with which path', async () => {
  const problem = async (method: string, path: string) => {
    const answer = await call(method, path, method === 'PUT' ? { body: 'x' } : {});
    const { details } = (await answer.json()) as { details: { debug: { reason: string; field: string } }[] };
    return [answer.status, details[0]!.debug.reason, details[0]!.debug.field];
  };
  expect(await problem('GET', '/root/nowhere')).toEqual([404, `REASON_${Reason[Reason.NOT_FOUND]}`, 'path']);
  expect(await problem('GET', '/root')).toEqual([400, `REASON_${Reason[Reason.IS_DIRECTORY]}`, 'path']);
  expect(await problem('GET', '/dev/zero')).toEqual([400, `REASON_${Reason[Reason.NOT_REGULAR]}`, 'path']);
  expect(await problem('PUT', '/root/nowhere/x')).toEqual([404, `REASON_${Reason[Reason.NOT_FOUND]}`, 'path']);
  expect((await call('POST', '/root/x')).status).toBe(501);
  expect((await call('PUT', '/root/x?mode=abc', { body: '' })).status).toBe(400);
});

test('names that are no text pass as bytes, and `..` stays inside', async () => {
  expect((await call('PUT', '/root/%ff%fe%20x', { body: 'bytes' })).status).toBe(200);
  expect(await sh("cat $(printf '/root/\\377\\376*')* 2>/dev/null || cat /root/*x")).toContain('bytes');
  expect(await (await call('GET', '/root/%ff%fe%20x')).text()).toBe('bytes');
  const up = await call('GET', '/root/%2e%2e/%2e%2e/%2e%2e/%2e%2e/etc/hostname');
  expect(up.status).toBeLessThan(500);
  expect(host.agent.output()).not.toContain('a call failed');
});
