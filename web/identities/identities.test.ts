import { create } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { expect, test } from 'vitest';
import { IdentityEnvironment, IdentitySchema, IdentityState } from '#proto/muster/v1/identity_pb.js';
import { parseIdentitySearch, passes } from './filter.ts';
import { identitiesSentence } from './sentence.ts';

const now = Date.UTC(2026, 0, 1);
const identity = (state: IdentityState, endsInDays?: number, orphaned = false) =>
  create(IdentitySchema, {
    name: 'Deploy bot',
    environment: IdentityEnvironment.STAGING,
    state,
    orphaned,
    ...(endsInDays !== undefined && { expiresAt: timestampFromMs(now + endsInDays * 86_400_000) }),
  });
const { ACTIVE, PAUSED, REVOKED } = IdentityState;

test.each([
  [[], 'There are no machine identities.'],
  [[identity(ACTIVE, 90), identity(REVOKED)], '1 identity works.'],
  [[identity(ACTIVE, 90), identity(ACTIVE, 2)], '2 identities work; 1 ends within two weeks.'],
  [[identity(PAUSED, 90), identity(ACTIVE, 90, true)], 'No identity works; 1 paused, 1 stopped with its maker.'],
  [[identity(ACTIVE)], '1 identity works; 1 without a credential that works.'],
])('%#: what stands out', (identities, sentence) => {
  expect(identitiesSentence(identities, now)).toBe(sentence);
});

test('identities are found by name and environment', () => {
  expect(passes(identity(ACTIVE), { q: 'deploy', environment: 'staging' })).toBe(true);
  expect(passes(identity(ACTIVE), { environment: 'production' })).toBe(false);
  expect(parseIdentitySearch({ environment: 'moon', revoked: 'shown' })).toMatchObject({
    environment: undefined,
    revoked: 'shown',
  });
});
