import type { Secret } from '#contract/secret.ts';
import type { Context } from '../context.ts';

/** The mail server, and whom mail comes from. */
export interface MailSettings {
  /** `smtp://user:password@host:port` or `smtps://…`. */
  readonly smtpUrl: Secret;
  readonly from: string;
  readonly fromName: string;
  /** How long the server may be silent. */
  readonly timeoutMs: number;
}

/** The settings of this moment; undefined where no mail is sent. Everybody asks here, each time, and keeps no answer. */
export function mailSettings({ config }: Pick<Context, 'config' | 'sql'>): Promise<MailSettings | undefined> {
  return Promise.resolve(config.mail && { ...config.mail, timeoutMs: config.mailTimeoutMs });
}
