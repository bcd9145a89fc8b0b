import { createTransport } from 'nodemailer';
import type { MailFailure, Mailer } from './mailer.ts';
import type { MailSettings, SmtpServer } from './settings.ts';

/** Hands mails to a mail server. */
export function smtpMailer({ from, fromName, timeoutMs }: MailSettings, server: SmtpServer): Mailer {
  const { host, port, secure, requireTls, user, password } = server;
  const transport = createTransport({
    host,
    port,
    secure,
    auth: user === '' ? undefined : { user, pass: password?.reveal() ?? '' },
    requireTLS: requireTls,
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    socketTimeout: timeoutMs,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  return {
    async send(to, id, mail) {
      try {
        await transport.sendMail({
          ...mail,
          from: { name: fromName, address: from },
          to: { name: '', address: to },
          // The same at every attempt: a mail that arrives twice can be recognised.
          messageId: `<${id}@${from.split('@').at(-1)}>`,
          headers: { 'Auto-Submitted': 'auto-generated' },
        });
        return undefined;
      } catch (error) {
        return failureOf(error, `${host}:${port}`);
      }
    },
    close: () => transport.close(),
  };
}

/** Commands whose refusal is about this mail; what is refused before them is about the server or our settings. */
const aboutTheMail: readonly unknown[] = ['RCPT TO', 'DATA'];

function failureOf(error: unknown, server: string): MailFailure {
  const part = (name: string): unknown =>
    error instanceof Error && name in error ? Reflect.get(error, name) : undefined;
  const [responseCode, code, command] = [part('responseCode'), part('code'), part('command')];
  return {
    what: [responseCode, code, command].filter((one) => typeof one === 'string' || typeof one === 'number').join(' '),
    sentence: `${server} ${sentenceEnd(code, command, responseCode)}`,
    final: typeof responseCode === 'number' && responseCode >= 500 && aboutTheMail.includes(command),
  };
}

function sentenceEnd(code: unknown, command: unknown, responseCode: unknown): string {
  if (code === 'EAUTH') return 'does not take the user and the password: check both.';
  if (code === 'ETLS') return 'does not offer the encryption that is set: choose another one.';
  if (code === 'ETIMEDOUT')
    return 'did not answer in time: check its name and port, and whether a firewall stands between.';
  if (code === 'EDNS') return 'has no address: check how its name is written.';
  if (command === 'MAIL FROM') return `does not take mail from this address (${String(responseCode)}): check it.`;
  if (command === 'RCPT TO') return `does not take mail to this address (${String(responseCode)}).`;
  if (typeof responseCode === 'number') return `did not take the mail (${responseCode}).`;
  return 'cannot be reached: check its name, its port and the encryption.';
}
