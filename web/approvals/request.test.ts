import { expect, test } from 'vitest';
import { KeyRole } from '#proto/muster/v1/api_key_pb.js';
import { IdentityEnvironment, IdentityScope } from '#proto/muster/v1/identity_pb.js';
import { createRequestOf, credentialRequestOf, rotateRequestOf } from './repeat.ts';
import { fieldsOf } from './request.ts';

const creation = JSON.stringify({
  teamId: 'team1',
  name: 'deploy-bot',
  environment: 'production',
  role: 'read_only',
  scopes: ['fleet:read', 'sandbox:read'],
  lifetimeSeconds: 7_776_000,
});

test('every field is shown, in words', () => {
  expect(fieldsOf(creation)).toEqual([
    { term: 'Team', value: 'team1' },
    { term: 'Name', value: 'deploy-bot' },
    { term: 'Environment', value: 'production' },
    { term: 'Role', value: 'read only' },
    { term: 'Scopes', value: 'fleet:read, sandbox:read' },
    { term: 'Lifetime', value: '90 days' },
  ]);
  expect(fieldsOf('{"overlapSeconds":0,"lifetimeSeconds":3600,"newMaker":null,"somethingNew":true}')).toEqual([
    { term: 'Old one works on', value: '0 seconds' },
    { term: 'Lifetime', value: '1 hour' },
    { term: 'somethingNew', value: 'true' },
  ]);
});

test('the call that is repeated is the one that was asked for', () => {
  expect(createRequestOf(creation)).toEqual({
    teamId: 'team1',
    name: 'deploy-bot',
    environment: IdentityEnvironment.PRODUCTION,
    role: KeyRole.READ_ONLY,
    scopes: [IdentityScope.SANDBOX_READ, IdentityScope.FLEET_READ],
    boundHostId: '',
    lifetime: { seconds: 7_776_000n, nanos: 0 },
  });
  expect(credentialRequestOf('{"identityId":"mid1","lifetimeSeconds":3600.5}')).toEqual({
    identityId: 'mid1',
    lifetime: { seconds: 3600n, nanos: 500_000_000 },
  });
  expect(rotateRequestOf('{"identityId":"mid1","credentialId":"c","overlapSeconds":0,"lifetimeSeconds":60}')).toEqual({
    identityId: 'mid1',
    credentialId: 'c',
    overlap: { seconds: 0n, nanos: 0 },
    lifetime: { seconds: 60n, nanos: 0 },
  });
});

test.each(['', 'null', '[1]', '{"scopes":5,"name":7}'])('what is no request, such as %s, harms nothing', (json) => {
  expect(() => [fieldsOf(json), createRequestOf(json), rotateRequestOf(json)]).not.toThrow();
});
