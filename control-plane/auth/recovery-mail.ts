import type { Context } from '../context.ts';
import type { Sql } from '../database/index.ts';
import { composeMail, mailSettings, queueMail } from '../mail/index.ts';
import { findPlatformAdmins } from '../users/index.ts';

const lifeMs = 3 * 86_400_000;

/**
 * Tells all platform admins, whoever was just made one among them, that somebody with access to the server gave an account
 * its way back: by mail where mail is configured, in the transaction that does it. The link itself is in no mail.
 */
export async function mailRecovery(sql: Sql, context: Context, userId: string): Promise<void> {
  if ((await mailSettings(context)) === undefined) return;
  const admins = await findPlatformAdmins(sql);
  const recovered = admins.find(({ id }) => id === userId);
  for (const admin of admins) {
    if (admin.email === '') continue;
    const isThem = admin.id === userId;
    const whose = isThem ? 'your account' : `the account of ${recovered?.name ?? userId}`;
    const mail = composeMail({
      subject: isThem ? 'Your account on Muster was recovered' : 'An account on Muster was made a platform admin',
      paragraphs: [
        `Hello ${admin.name},`,
        `somebody with access to the server of Muster made ${whose} a platform admin without a second factor, and a link that sets its password.`,
      ],
      link: isThem
        ? { label: 'Open your account page', url: `${context.publicUrl}/account` }
        : { label: 'Open the audit', url: `${context.publicUrl}/audit` },
      footnotes: [
        'You know of it? Then there is nothing to do.',
        'You do not? Then tell the other platform admins at once, and find out who can get at the server.',
      ],
    });
    // Not by the user's id: that is what links for a new password are withdrawn by.
    await queueMail(sql, context, {
      purpose: 'notice',
      reference: `notice:${admin.id}`,
      to: admin.email,
      mail,
      lifeMs,
    });
  }
}
