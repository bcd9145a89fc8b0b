import { createHash } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { Context } from '../context.ts';
import { networkOf, tooMany } from '../limits/index.ts';
import { countAttempt, countEverywhere, forgetAttempts, takeBackAttempt } from './attempts-store.ts';

/** Attempts within 15 minutes before each further one has to wait, twice as long each time. */
const freePerAccountAndAddress = 5;
const freePerAddress = 20;
/** Attempts within 15 minutes, from wherever, before each further one takes longer: up to this, never more. */
const freePerAccount = 50;
const longestDelayMs = 2_000;

/** An attempt that was let through. */
export interface Attempt {
  /** It was a good one: it does not count. */
  succeeded(): Promise<void>;
}

/**
 * Lets an attempt to guess a secret through, or refuses it with the time to wait. Counted by address, and by account and
 * address; an account that is guessed at from many addresses only gets slower for all of them, so that nobody can lock
 * somebody else out.
 */
export async function admitAttempt(
  { sql, origin, signal }: Pick<Context, 'sql' | 'origin' | 'signal'>,
  account: string,
): Promise<Attempt> {
  const network = networkOf(origin.address);
  const addressKey = `address:${network}`;
  const accountKey = `account:${digest(`${account}\n${network}`)}`;
  const everywhereKey = `everywhere:${digest(account)}`;
  await admit(sql, accountKey, freePerAccountAndAddress);
  await admit(sql, addressKey, freePerAddress);
  const beyond = (await countEverywhere(sql, everywhereKey)) - freePerAccount;
  if (beyond > 0) await pause(Math.min(longestDelayMs, beyond * 50), undefined, { signal });
  return {
    async succeeded() {
      await takeBackAttempt(sql, addressKey);
      await forgetAttempts(sql, accountKey);
    },
  };
}

async function admit(sql: Context['sql'], key: string, free: number): Promise<void> {
  const { admitted, waitMs } = await countAttempt(sql, key, free);
  if (admitted) return;
  throw tooMany('attempts', waitMs);
}

const digest = (text: string) => createHash('sha256').update(text).digest('hex').slice(0, 32);
