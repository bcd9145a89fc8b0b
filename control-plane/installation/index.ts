export type { Audience, Installation, TokenSigner, VerifiedToken } from './types.ts';
