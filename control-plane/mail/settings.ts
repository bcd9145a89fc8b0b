import { Secret } from '#contract/secret.ts';
import type { Context } from '../context.ts';
import { readSecret, settingValues, type UsableSecret } from '../settings/index.ts';

/** A mail server. */
export interface SmtpServer {
  readonly kind: 'smtp';
  readonly host: string;
  readonly port: number;
  /** TLS from the first byte. */
  readonly secure: boolean;
  /** STARTTLS, or nothing is said at all. */
  readonly requireTls: boolean;
  /** Empty: it asks for none. */
  readonly user: string;
  readonly password: Secret | undefined;
}

/** An account at Resend. */
export interface ResendAccount {
  readonly kind: 'resend';
  readonly baseUrl: string;
  readonly apiKey: Secret;
}

/** Who hands mail over, and whom it comes from. */
export interface MailSettings {
  readonly via: SmtpServer | ResendAccount;
  readonly from: string;
  readonly fromName: string;
  /** How long the other side may be silent. */
  readonly timeoutMs: number;
  /** The kept secret in it: whoever uses it notes how that went. */
  readonly secret: UsableSecret | undefined;
}

type Asking = Pick<Context, 'config' | 'sql' | 'installation' | 'log'>;

/** The settings of this moment; undefined where no mail is sent. Everybody asks here, each time, and keeps no answer. */
export async function mailSettings(context: Asking): Promise<MailSettings | undefined> {
  const setup = await mailSetup(context);
  return 'settings' in setup ? setup.settings : undefined;
}

const names = [
  'mail.transport',
  'mail.from_address',
  'mail.from_name',
  'mail.resend_base_url',
  'mail.smtp_host',
  'mail.smtp_port',
  'mail.smtp_security',
  'mail.smtp_user',
] as const;
type Values = Record<(typeof names)[number], string>;

const how = {
  environment: fromEnvironment,
  resend: throughResend,
  smtp: throughServer,
  none: async () => ({ problem: 'No mail is sent: links are shown to copy instead.' }),
} satisfies Record<string, (context: Asking, values: Values) => Promise<Found>>;

type Found = { readonly problem: string } | Pick<MailSettings, 'via' | 'secret'>;

/** The same, or what is missing, in a sentence. */
export async function mailSetup(
  context: Asking,
): Promise<{ readonly settings: MailSettings } | { readonly problem: string }> {
  const values = await settingValues(context, names);
  const transport = values['mail.transport'];
  const found = await how[isTransport(transport) ? transport : 'none'](context, values);
  if ('problem' in found) return found;
  const [from, fromName] = [values['mail.from_address'], values['mail.from_name']];
  if (from === '') return { problem: 'Say which address mail comes from.' };
  return { settings: { ...found, from, fromName, timeoutMs: context.config.mailTimeoutMs } };
}

const isTransport = (text: string): text is keyof typeof how => Object.hasOwn(how, text);

async function fromEnvironment({ config }: Asking): Promise<Found> {
  if (!config.mail)
    return { problem: 'No mail is sent: choose what it is sent through, or set MUSTER_SMTP_URL and MUSTER_MAIL_FROM.' };
  const url = new URL(config.mail.smtpUrl.reveal());
  const secure = url.protocol === 'smtps:';
  const user = decodeURIComponent(url.username);
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const via = {
    kind: 'smtp',
    host,
    port: Number(url.port) || (secure ? 465 : 587),
    secure,
    requireTls: !secure && user !== '' && !isThisMachine(host),
    user,
    password: new Secret(decodeURIComponent(url.password)),
  } as const;
  return { via, secret: undefined };
}

async function throughResend(context: Asking, values: Values): Promise<Found> {
  const secret = await readSecret(context, 'mail.resend_api_key');
  if (!secret) return { problem: 'Enter the API key of Resend.' };
  return { via: { kind: 'resend', baseUrl: values['mail.resend_base_url'], apiKey: secret.value }, secret };
}

async function throughServer(context: Asking, values: Values): Promise<Found> {
  const [host, user, security] = [values['mail.smtp_host'], values['mail.smtp_user'], values['mail.smtp_security']];
  if (host === '') return { problem: 'Say which server takes the mail.' };
  const secret = user === '' ? undefined : await readSecret(context, 'mail.smtp_password');
  if (user !== '' && !secret) return { problem: `Enter the password of ${user}.` };
  if (secret && security === 'none' && !isThisMachine(host))
    return { problem: 'A password crosses a network only encrypted: choose STARTTLS or TLS.' };
  const via = {
    kind: 'smtp',
    host,
    port: Number(values['mail.smtp_port']),
    secure: security === 'tls',
    requireTls: security === 'starttls',
    user,
    password: secret?.value,
  } as const;
  return { via, secret };
}

const isThisMachine = (host: string) => host === 'localhost' || host === '::1' || host.startsWith('127.');
