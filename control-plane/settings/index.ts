export { forgetSecrets, keepSecret } from './secrets/keep.ts';
export { noteUse, readSecret, type UsableSecret } from './secrets/use.ts';
export { readSecretStates, type SecretState } from './secrets/store.ts';
