import { Code } from '@connectrpc/connect';
import { anonymous } from '../access/index.ts';
import { makeContext, type Context } from '../context.ts';
import { newId, type Sql } from '../database/index.ts';
import { Refusal, wrongState } from '../errors.ts';
import { announce } from '../events/index.ts';
import { networkOf, spend } from '../limits/index.ts';
import type { Loop } from '../loops/index.ts';
import { mailSettings, queueMail } from '../mail/index.ts';
import { emailKey, findSignIn, findPerson } from '../users/index.ts';
import { mintResetLink } from './reset-links.ts';
import { resetMail } from './reset-mail.ts';
import { insertResetRequest, takeResetRequest } from './reset-store.ts';

/**
 * Takes note that somebody asked for a new password. Nobody looks here whether the address has an account: the answer,
 * and the work for it, are the same.
 */
export async function requestReset(context: Context, email: string): Promise<void> {
  if (!(await mailSettings(context))) {
    throw wrongState('This installation sends no mail.', 'Ask a platform admin for a link that sets a new password.');
  }
  const key = emailKey(email);
  await spend(context, 'request_reset', `${key} ${networkOf(context.origin.address)}`);
  const { address, userAgent, requestId } = context.origin;
  await context.transaction(async (sql) => {
    await insertResetRequest(sql, newId('reset'), { emailKey: key, address, userAgent, requestId });
    await announce(sql, 'mail', ['reset']);
  });
}

/** The most requests of one run: what is left waits for the next. */
const mostAtOnce = 200;

/** Makes the links that were asked for, and puts them into the outbox. */
export const resetRequestsLoop: Loop = {
  name: 'auth.reset_requests',
  everyMs: 5_000,
  wakeOn: ['mail'],
  singleton: true,
  async run(context) {
    for (let answered = 0; answered < mostAtOnce; answered += 1) {
      if (context.signal.aborted || !(await answerOne(context))) return { answered };
    }
    return { answered: mostAtOnce };
  },
};

/** One request, in one transaction. Answers false when there is none. */
const answerOne = (context: Context): Promise<boolean> =>
  context.transaction(async (sql) => {
    const request = await takeResetRequest(sql);
    if (!request) return false;
    const found = await findSignIn(sql, request.emailKey);
    const user = found?.active ? await findPerson(sql, found.id) : undefined;
    if (!user) return true;
    const origin = { ...request, loopback: false };
    // It was nobody whom we knew who asked, from there.
    const asker = makeContext(context, { caller: anonymous, origin, signal: context.signal });
    if (await mailedEnough(sql, asker, user.id)) return true;
    await queueMail(sql, context, resetMail(user, await mintResetLink(sql, asker, user.id)));
    return true;
  });

/** Whether the mailbox has enough links that work; asking for more of them fills no mailbox. */
async function mailedEnough(sql: Sql, asker: Context, userId: string): Promise<boolean> {
  try {
    await spend({ ...asker, sql }, 'reset_mail', userId);
    return false;
  } catch (error) {
    if (error instanceof Refusal && error.code === Code.ResourceExhausted) return true;
    throw error;
  }
}
