import type { Context } from '../context.ts';
import { callOut, OutgoingFailure, type OutgoingAnswer } from '../outgoing/index.ts';
import type { MailFailure, Mailer } from './mailer.ts';
import type { MailSettings, ResendAccount } from './settings.ts';

/** Hands mails to Resend's API, one request each. */
export function resendMailer(
  context: Context,
  { from, fromName, timeoutMs }: MailSettings,
  { baseUrl, apiKey }: ResendAccount,
): Mailer {
  return {
    async send(to, id, { subject, text, html }) {
      try {
        const answer = await callOut(context, {
          method: 'POST',
          url: new URL(`${baseUrl}/emails`),
          headers: {
            authorization: `Bearer ${apiKey.reveal()}`,
            'content-type': 'application/json',
            // The same at every attempt: Resend sends it once.
            'idempotency-key': id,
          },
          body: JSON.stringify({
            from: `"${fromName.replace(/["\\]/g, '\\$&')}" <${from}>`,
            to: [to],
            subject,
            text,
            html,
            headers: { 'Auto-Submitted': 'auto-generated' },
          }),
          timeoutMs,
        });
        return failureOf(answer);
      } catch (error) {
        if (!(error instanceof OutgoingFailure)) throw error;
        return { what: `resend ${error.kind}`, sentence: `Resend: ${error.message}`, final: false };
      }
    },
    close: () => {},
  };
}

/** Nothing is final: a wrong key and an address that is not theirs are answered like a mail that is wrong, and can be mended. */
function failureOf({ status, body }: OutgoingAnswer): MailFailure | undefined {
  if (status === 200 && hasId(body)) return undefined;
  return { what: `resend ${status}`, sentence: sentenceFor(status), final: false };
}

function sentenceFor(status: number): string {
  if (status === 401 || status === 403)
    return 'Resend does not take the API key, or not for this from address: check both there.';
  if (status === 400 || status === 422)
    return 'Resend refuses the mail: check that the API key is whole, and the from address is of a domain verified there.';
  if (status === 429) return 'Resend takes no more mail for now: its limit is used up. It is tried again later.';
  if (status >= 500) return `Resend has trouble of its own (${status}): it is tried again later.`;
  return `What answers at the base URL is not the API of Resend (${status}): check that address.`;
}

function hasId(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && 'id' in value;
  } catch {
    return false;
  }
}
