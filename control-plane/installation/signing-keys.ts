import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { rawPublicKey, signingKeyStatement, signStatement } from '#contract/statements.ts';
import { inTransaction, type Pool, type Sql } from '../database/index.ts';
import { findSigningKeys, insertSigningKey, lockSigningKeys, retireSigningKeys, signFromNow } from './store.ts';
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

/** The published successor signs from now on, and has a successor of its own. What was signed before stays good until it ends. */
export async function rotateSigningKeys(sql: Sql, keeper: KeyKeeper): Promise<{ signing: string; next: string }> {
  await lockSigningKeys(sql);
  const signing = (await findSigningKeys(sql)).find(({ signs }) => !signs) ?? newSigningKey(keeper);
  const next = newSigningKey(keeper);
  if ('signs' in signing) await signFromNow(sql, signing.kid);
  else await insertSigningKey(sql, signing, 0);
  await insertSigningKey(sql, next, signingPeriodMs);
  return { signing: signing.kid, next: next.kid };
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
