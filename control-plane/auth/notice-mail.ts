import type { Context } from '../context.ts';
import type { Sql } from '../database/index.ts';
import { composeMail, mailSettings, queueMail } from '../mail/index.ts';
import { findPerson } from '../users/index.ts';

/** What a user is told of, because somebody else might have done it. */
const notices = {
  passkey_added: 'A passkey was added to your account on Muster',
  passkey_removed: 'A passkey was removed from your account on Muster',
  second_factor_off: 'The second factor of your account on Muster was switched off',
  second_factor_reset: 'A platform admin took away the second factor of your account on Muster',
  recovery_codes_made: 'New recovery codes were made for your account on Muster',
  password_changed: 'The password of your account on Muster was changed',
} as const;

const lifeMs = 3 * 86_400_000;

/**
 * Tells somebody what changed in how they sign in, by mail where mail is configured, in the transaction of the change.
 */
export async function mailNotice(
  sql: Sql,
  context: Context,
  userId: string,
  what: keyof typeof notices,
): Promise<void> {
  if ((await mailSettings(context)) === undefined) return;
  const person = await findPerson(sql, userId);
  if (person === undefined || person.email === '') return;
  const { address } = context.origin;
  const mail = composeMail({
    subject: notices[what],
    paragraphs: [`Hello ${person.name},`, `${notices[what]}${address === '' ? '' : `, from the address ${address}`}.`],
    link: { label: 'Open your account page', url: `${context.publicUrl}/account` },
    footnotes: [
      'It was you? Then there is nothing to do.',
      'It was not you? Then change your password, end all other sessions on that page, and tell whoever runs Muster.',
    ],
  });
  // Not by the user's id: that is what links for a new password are withdrawn by.
  await queueMail(sql, context, { purpose: 'notice', reference: `notice:${userId}`, to: person.email, mail, lifeMs });
}
