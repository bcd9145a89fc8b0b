import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { rawPublicKey, signingKeyStatement, signStatement } from '#contract/statements.ts';
import { inTransaction, type Pool } from '../database/index.ts';
import { findSigningKeys, insertSigningKey, lockSigningKeys, retireSigningKeys } from './store.ts';
import type { Installation } from './types.ts';

const dayMs = 86_400_000;
/** How long a key signs, and so how long its successor is published before it does. */
const signingPeriodMs = 30 * dayMs;
/** Longer than any token lives (7 days), and time for clocks to differ. */
const longestLifeMs = 8 * dayMs;

export type KeyKeeper = Pick<Installation, 'id' | 'privateKey' | 'seal'>;

/** The name under which a signing key is sealed. */
export const sealName = (kid: string) => `signing-key:${kid}`;

/** Sees to it that one key signs, that the next one is published, and that old ones go. Idempotent; any replica may do it at any time. */
export function keepSigningKeys(pool: Pool, keeper: KeyKeeper): Promise<{ made: string[]; retired: string[] }> {
  return inTransaction(pool, async (sql) => {
    await lockSigningKeys(sql);
    const keys = await findSigningKeys(sql);
    const made: string[] = [];
    const make = async (signsInMs: number) => {
      const key = newSigningKey(keeper);
      await insertSigningKey(sql, key, signsInMs);
      made.push(key.kid);
    };
    if (!keys.some(({ signs }) => signs)) await make(0);
    if (keys.every(({ signs }) => signs)) await make(signingPeriodMs);
    return { made, retired: (await retireSigningKeys(sql, longestLifeMs)).map(({ kid }) => kid) };
  });
}

function newSigningKey({ id, privateKey, seal }: KeyKeeper) {
  const pair = generateKeyPairSync('ed25519');
  const kid = randomBytes(9).toString('base64url');
  const publicKey = rawPublicKey(pair.publicKey);
  return {
    kid,
    publicKey,
    sealedPrivateKey: seal(sealName(kid), pair.privateKey.export({ format: 'der', type: 'pkcs8' })),
    certificate: signStatement(signingKeyStatement({ installationId: id, kid, publicKey }), privateKey),
  };
}
