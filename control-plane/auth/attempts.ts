import { createHash } from 'node:crypto';
import { Code } from '@connectrpc/connect';
import { Reason } from '#proto/muster/v1/errors_pb.js';
import type { Context } from '../context.ts';
import { Refusal } from '../errors.ts';
import { countAttempt, forgetAttempts, takeBackAttempt } from './attempts-store.ts';

/** Attempts within 15 minutes before each further one has to wait, twice as long each time. */
const freePerAccountAndAddress = 5;
const freePerAddress = 20;

/** An attempt that was let through. */
export interface Attempt {
  /** It was a good one: it does not count. */
  succeeded(): Promise<void>;
}

/**
 * Lets an attempt to guess a secret through, or refuses it with the time to wait. Counted by address, and by account and
 * address: nobody can lock somebody else out. Without `account` by address alone.
 */
export async function admitAttempt(
  { sql, origin }: Pick<Context, 'sql' | 'origin'>,
  account?: string,
): Promise<Attempt> {
  const addressKey = `address:${origin.address}`;
  const accountKey = account === undefined ? undefined : `account:${digest(`${account}\n${origin.address}`)}`;
  if (accountKey !== undefined) await admit(sql, accountKey, freePerAccountAndAddress);
  await admit(sql, addressKey, freePerAddress);
  return {
    async succeeded() {
      await takeBackAttempt(sql, addressKey);
      if (accountKey !== undefined) await forgetAttempts(sql, accountKey);
    },
  };
}

async function admit(sql: Context['sql'], key: string, free: number): Promise<void> {
  const { admitted, waitMs } = await countAttempt(sql, key, free);
  if (admitted) return;
  const seconds = Math.max(1, Math.ceil(waitMs / 1000));
  throw new Refusal(Code.ResourceExhausted, Reason.RATE_LIMITED, `Too many attempts: wait ${seconds} s.`, {
    help: 'Wait, then try again.',
    retryAfterSeconds: seconds,
  });
}

const digest = (text: string) => createHash('sha256').update(text).digest('hex').slice(0, 32);
