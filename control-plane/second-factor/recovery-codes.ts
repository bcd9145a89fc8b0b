import { createHash, randomInt } from 'node:crypto';
import { Secret } from '#contract/secret.ts';
import type { Sql } from '../database/index.ts';
import { deleteRecoveryCodes, insertRecoveryCodes, useRecoveryCode } from './store.ts';

const count = 10;
/** Without letters that look alike: 31 of them, 16 times, are 79 bits. */
const letters = '23456789abcdefghjkmnpqrstuvwxyz';
const length = 16;

/** Gives a user new recovery codes; the ones before stop counting. Shown this once. */
export async function replaceRecoveryCodes(sql: Sql, userId: string): Promise<Secret[]> {
  const codes = Array.from({ length: count }, newCode);
  await deleteRecoveryCodes(sql, userId);
  await insertRecoveryCodes(
    sql,
    userId,
    codes.map((code) => hashOf(userId, code)),
  );
  return codes.map((code) => new Secret(code));
}

/** Uses up one of a user's codes. Answers false where it does not count. */
export const spendRecoveryCode = async (sql: Sql, userId: string, typed: string): Promise<boolean> =>
  (await useRecoveryCode(sql, userId, hashOf(userId, typed))).length > 0;

const newCode = (): string =>
  Array.from({ length }, () => letters[randomInt(letters.length)])
    .join('')
    .replace(/(.{4})(?=.)/g, '$1-');

/** However it is typed: capitals, spaces and dashes do not matter. */
const hashOf = (userId: string, code: string): Buffer =>
  createHash('sha256')
    .update(`${userId}\n${code.toLowerCase().replace(/[^0-9a-z]/g, '')}`)
    .digest();
