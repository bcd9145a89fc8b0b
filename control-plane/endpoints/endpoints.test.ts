import { createHmac } from 'node:crypto';
import { expect, test } from 'vitest';
import { readHostForm, readPathForm } from './address.ts';
import { isOwnDomain } from './domain.ts';
import { towardsCaller, towardsGuest } from './headers.ts';
import { signLink, verifyLink } from './links.ts';

const port = { sandboxId: 'sbx0123456789abcdef', port: 8080 };
let now = Date.parse('2030-01-01T00:00:00Z');
const services = {
  clock: { now: () => now },
  // Only what links are made of.
  installation: {
    id: 'inst1',
    mac: (purpose: string, text: string) => createHmac('sha256', purpose).update(text).digest(),
  } as Parameters<typeof signLink>[0]['installation'],
};

test('a link works for its port, whole, until its time is over', () => {
  const expiresAt = new Date(now + 60_000);
  const link = signLink(services, port, expiresAt);
  expect(verifyLink(services, port, link)).toEqual(expiresAt);
  expect(verifyLink(services, { ...port, port: 8081 }, link)).toBeUndefined();
  expect(verifyLink(services, { ...port, sandboxId: 'sbx0123456789abcdeg' }, link)).toBeUndefined();
  expect(verifyLink(services, port, link.replace(/^\d{10}/, String(expiresAt.getTime() / 1000 + 60)))).toBeUndefined();
  for (const broken of ['', '.', link.slice(0, -1), `${link}A`, link.replace('.', ':')])
    expect(verifyLink(services, port, broken)).toBeUndefined();
  now += 60_000;
  expect(verifyLink(services, port, link)).toBeUndefined();
});

test.each([
  ['/endpoints/sbx0123456789abcdef/8080/a/b?c=%2F', { target: '/a/b?c=%2F', port: 8080 }],
  ['/endpoints/sbx0123456789abcdef/8080//evil.example/', { target: '//evil.example/' }],
  ['/endpoints/sbx0123456789abcdef/8080', 'no slash'],
  ['/endpoints/sbx0123456789abcdef/0/', undefined],
  ['/endpoints/sbx0123456789abcdef/70000/', undefined],
  ['/endpoints/../sbx0123456789abcdef/80/', undefined],
  ['http://elsewhere/endpoints/sbx0123456789abcdef/80/', undefined],
])('the path %s is taken apart', (url, expected) => {
  expect({ read: readPathForm(url) }).toMatchObject({ read: expected });
});

test('the link of the wildcard form is taken out of the query, and nothing else', () => {
  const read = readHostForm('8080-sbx0123456789abcdef', '/a?x=1&muster-link=abc&y=%20&muster-linked=2');
  expect(read).toMatchObject({ target: '/a?x=1&y=%20&muster-linked=2', link: 'abc', port: 8080 });
  expect(readHostForm('8080-host', '/')).toBeUndefined();
});

test.each([
  ['endpoints.example', 'https://muster.other', false],
  ['endpoints.muster.example', 'https://muster.example', true],
  ['endpoints.example.com', 'https://console.example.com', true],
  ['muster-endpoints.co.uk', 'https://muster.co.uk', false],
  ['a.b.co.uk', 'https://c.b.co.uk', true],
  ['one.github.io', 'https://two.github.io', false],
  ['endpoints.localhost', 'http://localhost:7080', false],
  ['endpoints.localhost', 'http://127.0.0.1:7080', false],
])('whether %s is of the same site as %s', (domain, url, same) => {
  expect(isOwnDomain(domain, url)).toBe(same);
});

const address = {
  ...port,
  form: 'path',
  prefix: '/endpoints/sbx0123456789abcdef/8080/~link',
  target: '/',
  link: 'link',
} as const;
const facts = {
  address,
  authority: 'muster.example',
  isSecure: true,
  clientAddress: '192.0.2.9',
  isOurAuthorization: false,
  secretHeaders: ['x-proxy-secret'],
  cookieName: '__Host-muster-link',
};

test('what belongs to one connection, to us or to a proxy is taken out, whatever Connection names', () => {
  const headers = towardsGuest(
    {
      connection: 'close, X-Named, Host, Content-Length',
      'x-named': 'gone',
      'content-length': '3',
      'transfer-encoding': 'chunked',
      'x-api-key': 'ours',
      'x-proxy-secret': 'ours',
      'x-forwarded-proto': 'forged',
      cookie: '__Host-muster=session',
      referer: 'https://muster.example/endpoints/x/~link/',
      'x-kept': 'yes',
    },
    facts,
  );
  expect(headers).toEqual({
    'content-length': '3',
    'x-kept': 'yes',
    host: 'localhost:8080',
    'x-forwarded-for': '192.0.2.9',
    'x-forwarded-host': 'muster.example',
    'x-forwarded-port': '443',
    'x-forwarded-proto': 'https',
    'x-forwarded-prefix': '/endpoints/sbx0123456789abcdef/8080',
  });
});

test('an answer in the wildcard form sets cookies for its own host, and never ours', () => {
  const headers = towardsCaller(
    {
      'set-cookie': ['a=1; Domain=endpoints.example; Path=/', '__Host-muster-link=stolen; Path=/', 'b=2; domain'],
      'clear-site-data': '"cookies"',
      location: 'http://localhost:8080/next',
    },
    { ...address, form: 'host', prefix: '' },
    { origin: 'https://8080-sbx.endpoints.example', cookieName: '__Host-muster-link' },
  );
  expect(headers).toEqual({
    'set-cookie': ['a=1; Path=/', 'b=2'],
    location: 'https://8080-sbx.endpoints.example/next',
  });
});
