import { mintResetLink } from '../../auth/index.ts';
import { findMail, mailSettings, queueMail, withdrawMail } from '../../mail/index.ts';
import { findPerson } from '../../users/index.ts';
import { welcomeMail } from '../welcome-mail.ts';
import { done, failed, present, withTester, type Outcome, type StepContext, type StepHands } from './step.ts';

/** Long enough for who is away for a few days; afterwards, the sign-in page mails a link to whoever asks. */
const linkLifeMs = 7 * 86_400_000;
const lookAgainMs = 2_000;
const onItsWay = { kind: 'wait', sentence: 'The mail is on its way.', forMs: lookAgainMs } as const;

/** A mail with a link to choose a password, or to the console. Done when the mail server has taken it. */
export const welcomeStep: StepHands = {
  async carryOut(step) {
    const { context, tester, since } = step;
    if (!(await mailSettings(context)))
      return failed(
        'This installation sends no mail. Set it up in the service setup and repeat this, or hand them a link to choose a password (Admin, Users).',
      );
    const mail = await findMail(context.sql, 'welcome', present(tester).userId, since);
    if (!mail) return send(step);
    if (mail.sentAt) return done('The mail was handed over to the mail server.');
    if (mail.failedAt)
      return failed(
        `The mail was given up (${mail.lastError ?? 'unknown'}). Look at the service setup, then repeat this.`,
      );
    if (mail.lastError === null) return onItsWay;
    return failed(
      `The mail was not taken yet (${mail.lastError}). It is tried again by itself; look at the service setup, or repeat this.`,
    );
  },

  async undo({ context, tester: { userId } }) {
    if (userId !== null) await withdrawMail(context.sql, [userId]);
    return done('No mail is on its way.');
  },
};

/** Puts a mail with a new link into the outbox, in place of one that waits there. */
function send(step: StepContext): Promise<Outcome> {
  const { context, tester } = step;
  const { userId } = present(tester);
  return withTester(step, async (sql, { accountMade }) => {
    const person = await findPerson(sql, userId);
    if (!person?.active)
      return failed('Their account is locked out or gone. Repeat the step of the account, or let them in again.');
    await withdrawMail(sql, [userId]);
    const choose =
      accountMade && person.hasPassword ? await mintResetLink(sql, context, userId, linkLifeMs) : undefined;
    await queueMail(
      sql,
      context,
      welcomeMail({ person, tester, link: choose?.link, consoleUrl: context.publicUrl, lifeMs: linkLifeMs }),
    );
    return onItsWay;
  });
}
