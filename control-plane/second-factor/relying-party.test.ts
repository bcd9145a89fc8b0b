import { expect, test } from 'vitest';
import { relyingPartyOf } from './relying-party.ts';

test.each([
  ['https://muster.example', { id: 'muster.example', origin: 'https://muster.example' }],
  ['https://muster.example:8443', { id: 'muster.example', origin: 'https://muster.example:8443' }],
  ['http://127.0.0.1:7080', { id: 'localhost', origin: 'http://localhost:7080' }],
  ['http://[::1]:7080', { id: 'localhost', origin: 'http://localhost:7080' }],
  ['http://localhost', { id: 'localhost', origin: 'http://localhost' }],
])('passkeys of %s belong to its name', (publicUrl, party) => expect(relyingPartyOf(publicUrl)).toEqual(party));

test.each(['https://203.0.113.7', 'https://[2001:db8::1]', 'http://muster.example'])(
  'there are none at %s',
  (publicUrl) => expect(relyingPartyOf(publicUrl)).toBeUndefined(),
);
