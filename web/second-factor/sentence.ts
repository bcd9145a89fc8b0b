import type { ListPasskeysResponse, SecondFactorDemand } from '#proto/muster/v1/auth_pb.js';

type Factor = Pick<ListPasskeysResponse, 'passkeys' | 'recoveryCodesLeft' | 'requiredBy' | 'mostPasskeys'>;

/** Who requires a second factor, in one sentence; undefined where nobody does. */
export function demandSentence(demand: SecondFactorDemand | undefined): string | undefined {
  if (demand === undefined) return undefined;
  const who = [...(demand.installation ? ['this installation'] : []), ...demand.teamNames];
  const [last = '', ...others] = who.toReversed();
  const named = others.length === 0 ? last : `${others.toReversed().join(', ')} and ${last}`;
  const sentence = `${named} ${who.length === 1 ? 'requires' : 'require'} a second factor of you.`;
  return demand.installation ? sentence.charAt(0).toUpperCase() + sentence.slice(1) : sentence;
}

/** Why no passkey can be added now; undefined where one can. The server decides; this only says it before the press. */
export function addRefusal({ passkeys, mostPasskeys }: Factor, works: boolean): string | undefined {
  if (!works) return 'Passkeys do not work at this address.';
  return passkeys.length < mostPasskeys
    ? undefined
    : `You have ${mostPasskeys}, the most there can be. Remove one first.`;
}

/** Why the passkeys cannot be removed; undefined where they can. */
export function removeRefusal({ passkeys, recoveryCodesLeft, requiredBy }: Factor): string | undefined {
  return passkeys.length === 1 && requiredBy !== undefined && recoveryCodesLeft === 0
    ? 'A second factor is required of you, and this is the last. Add another, or make recovery codes first.'
    : undefined;
}

/** What follows when one is removed. */
export function removeSentence({ passkeys, requiredBy }: Factor): string {
  if (passkeys.length > 1) return 'It no longer signs you in. Your other passkeys do.';
  return requiredBy === undefined
    ? 'It is your last one: your password alone signs you in again, and your recovery codes stop working.'
    : 'It is your last one, and a second factor is required of you: you add a new one at once. Your recovery codes stay.';
}

export function codesSentence(left: number): string {
  if (left === 0) return 'You have no recovery codes. Without one, a lost passkey locks you out until an admin helps.';
  return left === 1
    ? 'One recovery code is left: make new ones.'
    : `${left} recovery codes are left. Each signs you in once, without a passkey.`;
}
