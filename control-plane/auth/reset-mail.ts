import { composeMail, type QueuedMail } from '../mail/index.ts';
import type { ResetLink } from './reset-links.ts';

/** What somebody reads who asked for a new password, or for whom somebody else did. */
export function resetMail(
  user: { id: string; name: string; email: string },
  { link, expiresAt }: ResetLink,
): QueuedMail {
  const mail = composeMail({
    subject: 'Set a new password for Muster',
    paragraphs: [
      `Hello ${user.name},`,
      'somebody, hopefully you, asked for a new password for your account on Muster. Open the link to choose one.',
    ],
    link: { label: 'Choose a new password', url: link.reveal() },
    footnotes: [
      `The link works once, until ${expiresAt.toISOString().slice(11, 16)} UTC. All your sessions end when it is used.`,
      'It was not you? Then do nothing: your password stays as it is.',
    ],
  });
  return {
    purpose: 'password_reset',
    reference: user.id,
    to: user.email,
    mail,
    lifeMs: expiresAt.getTime() - Date.now(),
  };
}
