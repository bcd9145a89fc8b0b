import type { Context } from '../context.ts';
import { noteUse } from '../settings/index.ts';
import type { ComposedMail } from './compose.ts';
import { resendMailer } from './resend.ts';
import type { MailSettings } from './settings.ts';
import { smtpMailer } from './smtp.ts';

/** Why a mail was not taken. */
export interface MailFailure {
  /** A code and what it answered, or the network's error: never a word of the mail. */
  readonly what: string;
  /** The same for people, with what to do about it. */
  readonly sentence: string;
  /** Whether the other side said that it will never take this mail. */
  readonly final: boolean;
}

/** Hands mails over, as these settings say. */
export interface Mailer {
  /** Undefined when it was taken. */
  send(to: string, id: string, mail: ComposedMail): Promise<MailFailure | undefined>;
  close(): void;
}

export function openMailer(context: Context, settings: MailSettings): Mailer {
  const { via, secret } = settings;
  const mailer = via.kind === 'smtp' ? smtpMailer(settings, via) : resendMailer(context, settings, via);
  return {
    async send(...mail) {
      const failure = await mailer.send(...mail);
      // What is about one mail alone says nothing about the secret.
      if (secret) await noteUse(context, secret, failure && !failure.final ? failure.sentence : '');
      return failure;
    },
    close: () => mailer.close(),
  };
}
