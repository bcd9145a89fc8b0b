import { fileURLToPath } from 'node:url';

/** This clone, without a slash at its end. */
export const root = fileURLToPath(new URL('..', import.meta.url)).replace(/\/$/, '');
