import type { Secret } from '#contract/secret.ts';
import { composeMail, type QueuedMail } from '../mail/index.ts';
import type { InviteRow } from './invite.ts';

/** What an invited person reads. The link is the only way in, so it is given up when the invite is over. */
export function inviteMail(invite: InviteRow, link: Secret): QueuedMail {
  const mail = composeMail({
    subject: `${invite.invitedByName} invites you to ${invite.teamName} on Muster`,
    paragraphs: [
      `${invite.invitedByName} would like you to join the team ${invite.teamName} on Muster, where its sandboxes run.`,
      'Open the link to join with your account, or to make one for this address.',
    ],
    link: { label: 'Join the team', url: link.reveal() },
    footnotes: [
      `The link works once, until ${invite.expiresAt.toISOString().slice(0, 10)}, and only for ${invite.email}.`,
      'You do not know who this is? Then do nothing: without the link, nothing happens.',
    ],
  });
  return {
    purpose: 'invite',
    reference: invite.id,
    to: invite.email,
    mail,
    lifeMs: invite.expiresAt.getTime() - invite.createdAt.getTime(),
  };
}
