import type { Keyring, KeysAtProvider, TeamKeys } from './keyring.ts';

/** Whose key it is that sandboxes have at a provider. */
export type KeySource = 'none' | 'own' | 'minted' | 'default' | 'gateway';

/** A key of the team's own goes before all; what it was given counts only while it is given any. */
export function sourceOf({ keyring, token }: TeamKeys, at: KeysAtProvider): KeySource {
  if (at.own) return 'own';
  if (!isSeeded(keyring)) return 'none';
  if (at.gatewayLeadsHere) return token && keyring.tokenIsActive ? 'gateway' : 'none';
  if (at.live && at.liveSecret) return 'minted';
  return at.shared ? 'default' : 'none';
}

export const isSeeded = (keyring: Keyring | undefined): keyring is Keyring & { readonly holderId: string } =>
  keyring !== undefined && keyring.holderId !== null;

/** How the key of a team at a provider stands, or what is in the way of a better one. */
export function sentenceOf(keys: TeamKeys, at: KeysAtProvider): string {
  const { title } = at.provider;
  const { keyring, token } = keys;
  switch (sourceOf(keys, at)) {
    case 'own':
      return at.gatewayLeadsHere
        ? `Your own key, which ${title} is asked with directly.`
        : `Your own key. Whatever else there is at ${title} is left alone.`;
    case 'gateway':
      return at.shared
        ? `Models of ${title} are asked through Muster, metered and capped; the key stays there.`
        : `Models of ${title} are to be asked through Muster, which has no key for it yet: ask an admin to enter one.`;
    case 'minted':
      return at.wanted?.problem
        ? `A key of your own account alone, with a cap. It could not be replaced yet: ${at.wanted.problem}`
        : 'A key of your own account alone, with a cap.';
    case 'default':
      if (at.wanted?.problem) return `The shared key, until yours can be minted: ${at.wanted.problem}`;
      return at.wanted ? 'The shared key, until yours is minted.' : 'The shared key of this installation.';
    case 'none':
      if (!isSeeded(keyring)) return 'No key: enter your own.';
      if (at.gatewayLeadsHere)
        return token
          ? 'The token of the model gateway was revoked: ask an admin to seed your keys anew.'
          : 'The token of the model gateway is on its way.';
      if (at.wanted) return `Your key is being minted.${at.wanted.problem ? ` ${at.wanted.problem}` : ''}`;
      return `No key: enter your own, or ask an admin to enter one for everybody.`;
  }
}
