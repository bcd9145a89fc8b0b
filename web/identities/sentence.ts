import { IdentityState, type Identity } from '#proto/muster/v1/identity_pb.js';
import { endingOf } from '../credentials/expiry.ts';

/** The identities in one sentence: how many work, and what should be looked at. */
export function identitiesSentence(identities: readonly Identity[], nowMs: number): string {
  if (identities.length === 0) return 'There are no machine identities.';
  const present = identities.filter(({ state }) => state !== IdentityState.REVOKED);
  const orphaned = present.filter(({ orphaned, state }) => orphaned && state === IdentityState.ACTIVE).length;
  const paused = present.filter(({ state }) => state === IdentityState.PAUSED).length;
  const working = present.filter(({ orphaned, state }) => !orphaned && state === IdentityState.ACTIVE);
  const without = working.filter(({ expiresAt }) => expiresAt === undefined).length;
  const soon = working.filter(({ expiresAt }) => expiresAt && endingOf(expiresAt, nowMs) === 'soon').length;
  const facts = [
    soon > 0 && `${soon} ${soon === 1 ? 'ends' : 'end'} within two weeks`,
    without > 0 && `${without} without a credential that works`,
    paused > 0 && `${paused} paused`,
    orphaned > 0 && `${orphaned} stopped with ${orphaned === 1 ? 'its maker' : 'their makers'}`,
  ].filter((fact) => fact !== false);
  const head =
    working.length === 0
      ? 'No identity works'
      : working.length === 1
        ? '1 identity works'
        : `${working.length} identities work`;
  return facts.length === 0 ? `${head}.` : `${head}; ${facts.join(', ')}.`;
}
