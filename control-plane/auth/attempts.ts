import { setTimeout as pause } from 'node:timers/promises';
import type { Context } from '../context.ts';
import type { Sql } from '../database/index.ts';
import { keyFor, networkOf, tooMany, type Limit } from '../limits/index.ts';
import { countAttempt, countEverywhere, forgetAttempts, takeBackAttempt } from './attempts-store.ts';

/** An account that is guessed at from everywhere gets so much slower with each attempt, up to this, never more. */
const delayStepMs = 50;
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
  context: Pick<Context, 'sql' | 'origin' | 'signal' | 'config' | 'installation'>,
  account: string,
): Promise<Attempt> {
  const { sql, origin, signal, config } = context;
  const network = networkOf(origin.address);
  const addressKey = `address:${keyFor(context, network)}`;
  const accountKey = `account:${keyFor(context, `${account}\n${network}`)}`;
  const everywhereKey = `everywhere:${keyFor(context, account)}`;
  const { sign_in: here, sign_in_everywhere: everywhere } = config.limits;
  await admit(sql, accountKey, here.perAccount);
  await admit(sql, addressKey, here.perAddress);
  const beyond = await attemptsBeyond(sql, everywhereKey, everywhere.perAccount);
  if (beyond > 0) await pause(Math.min(longestDelayMs, beyond * delayStepMs), undefined, { signal });
  return {
    async succeeded() {
      await takeBackAttempt(sql, addressKey);
      await takeBackAttempt(sql, everywhereKey);
      await forgetAttempts(sql, accountKey);
    },
  };
}

async function attemptsBeyond(sql: Sql, key: string, limit: Limit | undefined): Promise<number> {
  return limit ? (await countEverywhere(sql, key, limit.windowMs)) - limit.most : 0;
}

async function admit(sql: Sql, key: string, limit: Limit | undefined): Promise<void> {
  if (!limit) return;
  const { admitted, waitMs } = await countAttempt(sql, key, limit);
  if (admitted) return;
  throw tooMany('attempts', waitMs);
}
