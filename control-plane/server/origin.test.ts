import type { IncomingMessage } from 'node:http';
import { expect, test } from 'vitest';
import { parseConfig } from '../config.ts';
import { originOf } from './origin.ts';

const config = parseConfig({ DATABASE_URL: 'postgres://x', MUSTER_PROXY_RANGES: '10.0.0.30, fd00::/8' });

/** The address that a request counts for which came from `peer`. */
function addressFor(peer: string, forwarded = '198.51.100.1, 203.0.113.7'): string {
  const headers = { host: 'muster.example', 'x-forwarded-for': forwarded };
  const request = { headers, socket: { remoteAddress: peer } } as unknown as IncomingMessage; // all that is looked at
  return originOf(request, { publicUrl: 'https://muster.example', config }).address;
}

test('a proxy that is named says where a request came from, and nobody else does', () => {
  expect(addressFor('10.0.0.30')).toBe('203.0.113.7');
  expect(addressFor('::ffff:10.0.0.30')).toBe('203.0.113.7');
  expect(addressFor('fd00::30')).toBe('203.0.113.7');
  expect(addressFor('127.0.0.1'), 'one on this machine that ends TLS').toBe('203.0.113.7');
  expect(addressFor('10.0.0.31')).toBe('10.0.0.31');
  expect(addressFor('203.0.113.9')).toBe('203.0.113.9');
});
