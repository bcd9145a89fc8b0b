import { IdentityEnvironment, type Identity } from '#proto/muster/v1/identity_pb.js';
import { searchText, searchWord, type RawSearch } from '../parts/search.ts';

/** The environments as addresses name them. */
export const environmentWords = {
  development: IdentityEnvironment.DEVELOPMENT,
  staging: IdentityEnvironment.STAGING,
  production: IdentityEnvironment.PRODUCTION,
} as const;
export type EnvironmentWord = keyof typeof environmentWords;
export const environments = Object.keys(environmentWords) as EnvironmentWord[]; // the table's own keys

/** What the address of the identities' list says. */
export interface IdentitySearch {
  readonly q?: string | undefined;
  readonly environment?: EnvironmentWord | undefined;
  /** Also those that were revoked. */
  readonly revoked?: 'shown' | undefined;
  readonly dialog?: 'create' | undefined;
}

export const parseIdentitySearch = (raw: RawSearch): IdentitySearch => ({
  q: searchText(raw, 'q'),
  environment: searchWord(raw, 'environment', environments),
  revoked: searchWord(raw, 'revoked', ['shown']),
  dialog: searchWord(raw, 'dialog', ['create']),
});

/** Whether an identity passes. Its name, id and maker are searched. */
export function passes(identity: Identity, { q = '', environment }: IdentitySearch): boolean {
  if (environment !== undefined && identity.environment !== environmentWords[environment]) return false;
  const text = q.toLowerCase();
  return [identity.name, identity.id, identity.makerName].some((value) => value.toLowerCase().includes(text));
}
