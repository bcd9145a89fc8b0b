export { createUser } from './create.ts';
export { emailKey } from './email.ts';
export { hashPassword, passwordMatches } from './passwords.ts';
export { userRoutes } from './rpc.ts';
export { findPasswordHash, findSignIn, hasPlatformAdmin, replacePasswordHash } from './store.ts';
