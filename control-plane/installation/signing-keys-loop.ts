import type { Loop } from '../loops/index.ts';
import { keepSigningKeys } from './signing-keys.ts';

/** Publishes the next signing key when its predecessor begins to sign, and retires what nothing valid depends on. */
export const signingKeysLoop: Loop = {
  name: 'installation.signing_keys',
  everyMs: 3_600_000,
  singleton: true,
  run: ({ pool, installation }) => keepSigningKeys(pool, installation),
};
