import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { parseConfig } from '../config.ts';
import { isPrivateAddress } from './addresses.ts';
import { callOut, OutgoingFailure } from './index.ts';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

async function serve(answer: Parameters<typeof createServer>[1]): Promise<URL> {
  const server = createServer(answer);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`); // it listens on a port
}

function call(url: URL, ranges?: string, timeoutMs = 20_000) {
  const config = parseConfig({
    DATABASE_URL: 'postgres://x',
    ...(ranges !== undefined && { MUSTER_PRIVATE_RANGES: ranges }),
  });
  const build = { version: '1', commitSha: '' };
  const context = { config, build, signal: new AbortController().signal };
  return callOut(context, { method: 'GET', url, headers: {}, timeoutMs });
}
const failure = async (work: Promise<unknown>) => {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(OutgoingFailure);
  return error as OutgoingFailure; // expected above
};

test.each([
  '127.0.0.1',
  '10.1.2.3',
  '192.168.0.1',
  '169.254.169.254',
  '::1',
  '::',
  'fd00::1',
  '::ffff:127.0.0.1',
  '0.0.0.0',
  '::127.0.0.1',
  '2001:0:7f00:1::1',
  'fec0::1',
])('%s is no address of the internet', (address) => expect(isPrivateAddress(address)).toBe(true));
test.each(['1.1.1.1', '172.32.0.1', '2606:4700::1111'])('%s is one', (address) =>
  expect(isPrivateAddress(address)).toBe(false),
);

test('an address of this machine is called only where the configuration names it, whatever it is called', async () => {
  let calls = 0;
  const url = await serve((_request, response) => {
    calls += 1;
    response.end('here');
  });
  const byName = new URL(url);
  byName.hostname = 'localhost';
  expect((await failure(call(url))).kind).toBe('private_address');
  expect((await failure(call(byName))).message).toMatch(/^localhost:\d+ leads to a private address: name its range in/);
  expect(calls).toBe(0);
  expect(await call(url, '127.0.0.0/8')).toMatchObject({ status: 200, body: 'here' });
  expect(await call(byName, '127.0.0.0/8, ::1')).toMatchObject({ status: 200 });
  expect((await failure(call(new URL('http://1.1.1.1/'), '127.0.0.0/8'))).kind).toBe('plain_http');
});

test('a redirect is not followed', async () => {
  const url = await serve((_request, response) => response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end());
  expect(await call(url, '127.0.0.1')).toMatchObject({ status: 302 });
});

test('a service that is silent, gone, too talkative or has no name is told apart', async () => {
  const silent = await serve(() => {});
  expect((await failure(call(silent, '127.0.0.1', 100))).kind).toBe('timeout');
  const half = await serve((_request, response) => void response.write('{'));
  expect((await failure(call(half, '127.0.0.1', 100))).kind).toBe('timeout');
  const talkative = await serve((_request, response) => response.end('x'.repeat(300_000)));
  expect((await failure(call(talkative, '127.0.0.1'))).kind).toBe('too_large');
  const encrypted = new URL(talkative);
  encrypted.protocol = 'https:';
  expect((await failure(call(encrypted, '127.0.0.1'))).kind).toBe('certificate');
  expect((await failure(call(new URL('https://nowhere.invalid/')))).kind).toBe('unknown_name');
  const gone = await serve(() => {});
  const server = servers.pop()!;
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  expect((await failure(call(gone, '127.0.0.1'))).kind).toBe('unreachable');
});
