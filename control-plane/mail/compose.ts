/** What a mail says. Plain text; links and names are put in as they are and made safe here. */
export interface MailText {
  readonly subject: string;
  /** One sentence each. */
  readonly paragraphs: readonly string[];
  readonly link: { readonly label: string; readonly url: string };
  /** Small, below: until when it works, and what to do when it was a mistake. */
  readonly footnotes: readonly string[];
}

/** A mail as it is handed to the mail server. */
export interface ComposedMail {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

/** The same content as text and as plain HTML, which needs nothing from elsewhere. */
export function composeMail({ subject, paragraphs, link, footnotes }: MailText): ComposedMail {
  const text = [...paragraphs, `${link.label}:\n${link.url}`, ...footnotes].join('\n\n');
  return { subject: oneLine(subject), text: `${text}\n`, html: page(subject, paragraphs, link, footnotes) };
}

const page = (subject: string, paragraphs: readonly string[], link: MailText['link'], footnotes: readonly string[]) =>
  `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>${escaped(subject)}</title></head>
<body style="margin:0;padding:32px 16px;background:#f4f4f5;color:#18181b;font:16px/1.5 system-ui,sans-serif">
<div style="max-width:480px;margin:0 auto;padding:32px;background:#ffffff;border:1px solid #e4e4e7;border-radius:12px">
${paragraphs.map((sentence) => `<p style="margin:0 0 16px">${escaped(sentence)}</p>`).join('\n')}
<p style="margin:24px 0"><a href="${escaped(link.url)}" style="display:inline-block;padding:10px 18px;background:#18181b;color:#ffffff;border-radius:8px;text-decoration:none">${escaped(link.label)}</a></p>
${footnotes.map((sentence) => `<p style="margin:0 0 8px;color:#71717a;font-size:13px">${escaped(sentence)}</p>`).join('\n')}
</div>
</body>
</html>
`;

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};
const escaped = (text: string) => text.replace(/[&<>"']/g, (character) => entities[character] ?? character);
const oneLine = (text: string) => text.replace(/\s+/g, ' ').trim();
