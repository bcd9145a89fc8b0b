export { attempt } from './attempt.ts';
export { callerOfKey, readKeyCaller, type KeyCaller } from './callers.ts';
export { keyRoleFrom, keyRoleTo, scopeFrom, scopeTo } from './words.ts';
export { stopKeysOfMember } from './stopped.ts';
export {
  findCredentialByRequest,
  insertCredential,
  listCredentials,
  retireCredentials,
  revokeCredentials,
  type CredentialKind,
  type CredentialRow,
} from './store.ts';
