import type { MailText } from '../../mail/index.ts';
import type { Message } from '../message.ts';

/** A message as a mail. */
export const mailText = ({ event, title, url, alert }: Message): MailText => ({
  subject: `[Muster] ${title}`,
  paragraphs: [title, ...(event === 'resolved' ? [] : linesOf(alert))],
  link: { label: 'Open in Muster', url },
  footnotes: [
    alert
      ? `You get this because of the rule “${alert.rule}”. Its channels are changed in Muster, under Alerts.`
      : 'You get this because somebody tried the channel.',
  ],
});

function linesOf(alert: Message['alert']): string[] {
  if (!alert) return [];
  const { members, memberCount } = alert;
  const lines = members.map(
    ({ name, component, sentence }) => `${[name, component].filter(Boolean).join(' ')}: ${sentence}`,
  );
  return memberCount > members.length ? [...lines, `… and ${memberCount - members.length} more.`] : lines;
}
