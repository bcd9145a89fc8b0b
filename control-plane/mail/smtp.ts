import { createTransport } from 'nodemailer';
import type { ComposedMail } from './compose.ts';
import type { MailSettings } from './settings.ts';

/** Why a mail server did not take a mail. */
export interface SmtpFailure {
  /** The reply's code and the command it answered, or the network's error: never a word of the mail. */
  readonly what: string;
  /** Whether the server said that it will never take it. */
  readonly final: boolean;
}

/** Hands mails to the mail server of these settings. */
export interface Mailer {
  /** Undefined when it was taken. */
  send(to: string, id: string, mail: ComposedMail): Promise<SmtpFailure | undefined>;
  close(): void;
}

export function openMailer({ smtpUrl, from, fromName, timeoutMs }: MailSettings): Mailer {
  const url = new URL(smtpUrl.reveal());
  const secure = url.protocol === 'smtps:';
  const user = decodeURIComponent(url.username);
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const transport = createTransport({
    host,
    port: Number(url.port) || (secure ? 465 : 587),
    secure,
    auth: user === '' ? undefined : { user, pass: decodeURIComponent(url.password) },
    // A password crosses a network only encrypted.
    requireTLS: user !== '' && !isThisMachine(host),
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
        return failureOf(error);
      }
    },
    close: () => transport.close(),
  };
}

const isThisMachine = (host: string) => host === 'localhost' || host === '::1' || host.startsWith('127.');

/** Commands whose refusal is about this mail; what is refused before them is about the server or our settings. */
const aboutTheMail: readonly unknown[] = ['RCPT TO', 'DATA'];

function failureOf(error: unknown): SmtpFailure {
  const part = (name: string): unknown =>
    error instanceof Error && name in error ? Reflect.get(error, name) : undefined;
  const [responseCode, code, command] = [part('responseCode'), part('code'), part('command')];
  return {
    what: [responseCode, code, command].filter((one) => typeof one === 'string' || typeof one === 'number').join(' '),
    final: typeof responseCode === 'number' && responseCode >= 500 && aboutTheMail.includes(command),
  };
}
