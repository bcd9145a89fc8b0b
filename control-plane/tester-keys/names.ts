/** Where values are kept, among the secrets of the installation. */
export const ownKeyName = (teamId: string, provider: string): string => `own_key:${teamId}:${provider}`;
export const mintedKeyName = (id: string): string => `minted_key:${id}`;
export const tokenName = (teamId: string): string => `keyring_token:${teamId}`;
