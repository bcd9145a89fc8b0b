import type { Context } from '../../context.ts';
import type { Loop } from '../../loops/index.ts';
import { composeMail, mailSettings, openMailer } from '../../mail/index.ts';
import { unsealTarget, type Target } from '../channels/channel.ts';
import { mailText } from './mail.ts';
import { post, type Outcome } from './post.ts';
import { claimDue, markDelivered, markFailed, type DueDelivery } from './store.ts';
import { slackMessage, webhookMessage } from './webhook.ts';

/** How many are taken, and sent at the same time. */
const atOnce = 8;
/** The most rounds of one run: what is left waits for the next. */
const mostRounds = 25;

/** Sends what waits to its channels, at least once each. A channel that is down or slow delays its own messages and nothing else. */
export const deliverLoop: Loop = {
  name: 'alerts.deliver',
  everyMs: 2_000,
  wakeOn: ['delivery'],
  singleton: true,
  run: (context) => deliverDue(context),
};

interface DeliverResult {
  readonly delivered: number;
  readonly failed: number;
}

/** Sends all that is due. */
async function deliverDue(context: Context): Promise<DeliverResult> {
  let [delivered, failed] = [0, 0];
  for (let round = 0; round < mostRounds && !context.signal.aborted; round += 1) {
    const due = await claimDue(context.sql, atOnce, leaseMs(context), 'all');
    if (due.length === 0) break;
    const outcomes = await deliver(context, due);
    delivered += outcomes.filter(Boolean).length;
    failed += outcomes.filter((taken) => !taken).length;
  }
  return { delivered, failed };
}

/** For how long nobody else takes what was claimed. A mail server may be silent at each of several steps. */
export const leaseMs = ({ config }: Pick<Context, 'config'>): number =>
  2 * config.outgoingTimeoutMs + 4 * config.mailTimeoutMs;

/** Sends what was claimed, all at the same time; answers which was taken. */
export const deliver = (context: Context, due: readonly DueDelivery[]): Promise<boolean[]> =>
  Promise.all(due.map((delivery) => deliverOne(context, delivery)));

async function deliverOne(context: Context, delivery: DueDelivery): Promise<boolean> {
  const target = readTarget(context, delivery);
  const outcome = target ? await send(context, target, delivery) : unreadable;
  if (outcome.taken) {
    await markDelivered(context.sql, delivery);
    return true;
  }
  const { why, final, retryAfterMs = 0 } = outcome;
  const [row] = await markFailed(context.sql, delivery, { why, final, retryAfterMs });
  const facts = { delivery: delivery.id, channel: delivery.channelId, why };
  if (row?.givenUp) context.log.error(facts, 'an alert could not be delivered and was given up');
  else context.log.warn(facts, 'an alert was not taken; it is tried again');
  return false;
}

const unreadable: Outcome = {
  taken: false,
  why: 'Its address cannot be read with the master key of this server: enter it again.',
  final: false,
};

function readTarget(context: Context, { channelId, sealed }: DueDelivery): Target | undefined {
  try {
    return unsealTarget(context, channelId, sealed);
  } catch (error) {
    context.log.error({ err: error, channel: channelId }, 'the address of a channel cannot be unsealed');
    return undefined;
  }
}

function send(context: Context, target: Target, { id, message, recipient }: DueDelivery): Promise<Outcome> {
  switch (target.kind) {
    case 'webhook':
      return post(context, target.url, webhookMessage(id, message, target.secret, context.clock.now()));
    case 'slack':
      return post(context, target.url, slackMessage(message));
    case 'mail':
      return byMail(context, recipient, id, composeMail(mailText(message)));
  }
}

async function byMail(
  context: Context,
  recipient: string,
  id: string,
  mail: ReturnType<typeof composeMail>,
): Promise<Outcome> {
  const settings = await mailSettings(context);
  if (!settings) return { taken: false, why: 'This installation sends no mail: configure that first.', final: false };
  const mailer = openMailer(context, settings);
  // When we stop, the mail server is not waited for: whoever comes next tries again.
  const close = () => mailer.close();
  context.signal.addEventListener('abort', close, { once: true });
  try {
    const failure = await mailer.send(recipient, id, mail);
    if (!failure) return { taken: true };
    return { taken: false, why: failure.sentence, final: failure.final };
  } finally {
    context.signal.removeEventListener('abort', close);
    mailer.close();
  }
}
