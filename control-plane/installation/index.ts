export { useMasterKey, type MasterKeyUse } from './in-use.ts';
export { openInstallation } from './open.ts';
export { rotateMasterKey, type Resealing } from './rotate.ts';
export { signingKeysLoop } from './signing-keys-loop.ts';
export { rotateSigningKeys } from './signing-keys.ts';
export { lockInstallation } from './store.ts';
export type { Audience, Installation, TokenSigner, VerifiedToken } from './types.ts';
