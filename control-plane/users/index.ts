export { requireNotLastAdmin, restorePlatformAdmin } from './administer.ts';
export { createUser } from './create.ts';
export { findPerson, findPlatformAdmins } from './directory-store.ts';
export { emailKey } from './email.ts';
export { hashPassword, passwordMatches } from './passwords.ts';
export { userRoutes } from './rpc.ts';
export { findPasswordHash, findSignIn, hasPlatformAdmin, replacePasswordHash, setPasswordHash } from './store.ts';
