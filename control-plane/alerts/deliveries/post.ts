import type { Context } from '../../context.ts';
import { callOut, OutgoingFailure, type OutgoingAnswer } from '../../outgoing/index.ts';
import type { HttpMessage } from './webhook.ts';

/** What came of a message. */
export type Outcome =
  | { readonly taken: true }
  | {
      readonly taken: false;
      /** One sentence. Never a word of what the other side said: it may be anything. */
      readonly why: string;
      /** Whether it is of no use to try again. */
      readonly final: boolean;
      /** When the receiver wants to be asked again. */
      readonly retryAfterMs?: number | undefined;
    };

/** Posts a message to a channel's address, which is judged at every attempt. Throws only when it is cancelled. */
export async function post(context: Context, url: string, { headers, body }: HttpMessage): Promise<Outcome> {
  const timeoutMs = context.config.outgoingTimeoutMs;
  try {
    return outcomeOf(await callOut(context, { method: 'POST', url: new URL(url), headers, body, timeoutMs }));
  } catch (error) {
    if (error instanceof OutgoingFailure && error.kind !== 'canceled')
      return { taken: false, why: error.message, final: false };
    throw error;
  }
}

function outcomeOf({ status, headers }: OutgoingAnswer): Outcome {
  if (status >= 200 && status < 300) return { taken: true };
  if (status >= 300 && status < 400)
    return {
      taken: false,
      why: `It answered ${status}, a redirect, which is not followed: enter the address that it leads to.`,
      final: false,
    };
  if (status === 410) return { taken: false, why: 'It answered 410: it is gone for good.', final: true };
  const seconds = Number(headers['retry-after']);
  const retryAfterMs = Number.isFinite(seconds) && seconds > 0 ? seconds * 1000 : undefined;
  return { taken: false, why: `It answered ${status}.`, final: false, retryAfterMs };
}
