import type { Context } from '../context.ts';
import type { Sql } from '../database/index.ts';
import type { Loop } from '../loops/index.ts';
import type { ComposedMail } from './compose.ts';
import { openMailer, type Mailer } from './mailer.ts';
import { sealName } from './queue.ts';
import { mailSettings } from './settings.ts';
import { claimDueMail, markFailed, markSent, type DueMail, type MailPurpose } from './store.ts';

/** What features do when a mail of theirs was handed over, in the transaction that notes it. */
export type AfterSending = Partial<Record<MailPurpose, (sql: Sql, reference: string) => Promise<unknown>>>;

/** How many are taken, and handed over at the same time. */
const atOnce = 4;
/** The most rounds of one run: what is left waits for the next. */
const mostRounds = 25;

/** Hands waiting mail to the mail server, at least once each. A server that is down or slow delays mail and nothing else. */
export const mailLoop = (after: AfterSending): Loop => ({
  name: 'mail.send',
  everyMs: 2_000,
  wakeOn: ['mail'],
  singleton: true,
  run: (context) => sendDueMail(context, after),
});

interface SendResult {
  readonly sent: number;
  readonly failed: number;
}

async function sendDueMail(context: Context, after: AfterSending): Promise<SendResult | { skipped: string }> {
  const settings = await mailSettings(context);
  if (!settings) return { skipped: 'no mail is configured' };
  const mailer = openMailer(context, settings);
  // Connecting, greeting and handing over may each be silent for so long.
  const leaseMs = 4 * settings.timeoutMs;
  let [sent, failed] = [0, 0];
  try {
    for (let round = 0; round < mostRounds && !context.signal.aborted; round += 1) {
      const due = await claimDueMail(context.sql, atOnce, leaseMs);
      if (due.length === 0) break;
      const outcomes = await Promise.all(due.map((mail) => sendOne(context, mailer, mail, after)));
      sent += outcomes.filter(Boolean).length;
      failed += outcomes.filter((taken) => !taken).length;
      // All failed: the server is down, and the rest would fail too.
      if (!outcomes.includes(true)) break;
    }
    return { sent, failed };
  } finally {
    mailer.close();
  }
}

async function sendOne(context: Context, mailer: Mailer, mail: DueMail, after: AfterSending): Promise<boolean> {
  const content = readSealed(context, mail);
  // When we stop, the mail server is not waited for: whoever comes next tries again.
  const failure = content
    ? await untilStopped(context.signal, mailer.send(mail.recipient, mail.id, content))
    : unreadable;
  if (!failure) {
    await context.transaction(async (sql) => {
      await markSent(sql, mail.id);
      await after[mail.purpose]?.(sql, mail.reference);
    });
    return true;
  }
  const [row] = await markFailed(context.sql, mail.id, failure.what, failure.final);
  const facts = { mail: mail.id, purpose: mail.purpose, why: failure.what };
  if (row?.givenUp) context.log.error(facts, 'a mail was given up');
  else context.log.warn(facts, 'a mail was not taken; it is tried again');
  return false;
}

const unreadable = { what: 'unreadable', final: true };

/** Another master key, or a changed row: such a mail cannot be sent, and must not stop the others. */
function readSealed({ installation, log }: Context, { id, sealed }: DueMail): ComposedMail | undefined {
  try {
    return JSON.parse(installation.unseal(sealName(id), sealed).toString()) as ComposedMail; // written by queueMail alone
  } catch (error) {
    log.error({ err: error, mail: id }, 'a waiting mail cannot be unsealed');
    return undefined;
  }
}

function untilStopped<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    // The reason is an error wherever we abort.
    const stop = () => reject(signal.reason);
    if (signal.aborted) return stop();
    signal.addEventListener('abort', stop, { once: true });
    const ended = () => signal.removeEventListener('abort', stop);
    work.then(resolve, reject).finally(ended);
  });
}
