import { userOf } from '../access/index.ts';
import type { Context } from '../context.ts';
import { newId } from '../database/index.ts';
import type { GroupHands, TestResult } from '../settings/index.ts';
import { composeMail } from './compose.ts';
import { openMailer } from './mailer.ts';
import { mailSetup, type MailSettings } from './settings.ts';
import { hastenMail } from './store.ts';

/** What can be done with the settings of mail. */
export const mailHands: GroupHands = {
  async standing(context) {
    const setup = await mailSetup(context);
    if ('problem' in setup) return { ready: false, sentence: setup.problem };
    return { ready: true, sentence: `${sender(setup.settings)}.` };
  },
  test: sendTestMail,
  // What waits is not tried before whoever may have it on its way has given up on it.
  changed: (sql, { config }) => hastenMail(sql, 4 * config.mailTimeoutMs),
};

const sender = ({ via, from }: MailSettings) =>
  `Mail from ${from} goes through ${via.kind === 'resend' ? 'Resend' : via.host}`;

/** Sends a mail at once, beside the outbox. */
async function sendTestMail(context: Context, recipient: string): Promise<TestResult> {
  const setup = await mailSetup(context);
  if ('problem' in setup) return { ok: false, sentence: setup.problem };
  const to = recipient || userOf(context.caller).email;
  const mail = composeMail({
    subject: 'Test mail from Muster',
    paragraphs: ['This is the test mail that you asked for.', `${sender(setup.settings)}, and arrives.`],
    link: { label: 'Open the console', url: context.publicUrl },
    footnotes: ['Nothing has to be done about it.'],
  });
  const mailer = openMailer(context, setup.settings);
  try {
    const failure = await mailer.send(to, newId('mail'), mail);
    if (failure) return { ok: false, sentence: failure.sentence };
    const taker = setup.settings.via.kind === 'resend' ? 'Resend' : setup.settings.via.host;
    return { ok: true, sentence: `${taker} took the mail to ${to}: look whether it arrives.` };
  } finally {
    mailer.close();
  }
}
