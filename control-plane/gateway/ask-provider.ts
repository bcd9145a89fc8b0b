import type { IncomingMessage } from 'node:http';
import type { Context } from '../context.ts';
import { OutgoingFailure, streamOut, type OutgoingConnections } from '../outgoing/index.ts';
import { isObject, parseObject } from './asked.ts';
import { GatewayFailure } from './failure.ts';
import type { OpenProvider } from './provider.ts';
import { readWhole } from './read-whole.ts';

export interface ProviderRequest {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly body?: string;
  readonly accept: string;
}

/** Asks a provider; answers its answer once that begins well. Throws a GatewayFailure for everything else. */
export async function askProvider(
  context: Context,
  provider: OpenProvider,
  { method, path, body, accept }: ProviderRequest,
  connections: OutgoingConnections,
): Promise<IncomingMessage> {
  const { baseUrl, key } = provider;
  const silentMs = context.config.gatewaySilenceMs;
  const answer = await streamOut(
    context,
    {
      method,
      url: new URL(`${baseUrl}/${path}`),
      headers: {
        authorization: `Bearer ${key.value.reveal()}`,
        accept,
        'accept-encoding': 'identity',
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      body,
      timeoutMs: silentMs,
    },
    connections,
  ).catch((error: unknown) => {
    throw error instanceof OutgoingFailure ? unanswered(provider, error) : error;
  });
  if (answer.statusCode === 200) return answer;
  try {
    throw await refusedBy(provider, answer, silentMs);
  } finally {
    answer.destroy();
  }
}

/** Whoever asks the gateway is not told where a provider is. */
function unanswered({ title }: OpenProvider, error: OutgoingFailure): GatewayFailure {
  if (error.kind === 'timeout') return silent(title);
  if (error.kind === 'canceled') return brokenOff();
  const sentence = `${title} cannot be reached now: try again later, or tell an admin.`;
  return new GatewayFailure(502, 'provider_unreachable', sentence, { cause: error });
}

/** It took longer than anything may, or the replica stops; or nobody waits for it any more. */
export const brokenOff = () =>
  new GatewayFailure(503, 'unavailable', 'Muster had to break this answer off: try again, or ask for a shorter one.');

export const silent = (title: string) =>
  new GatewayFailure(504, 'provider_timeout', `${title} was silent for too long: try again later.`);

/** What a provider's refusal is to who asked. A refusal of our key is none of theirs. */
async function refusedBy(
  { title, key }: OpenProvider,
  answer: IncomingMessage,
  silentMs: number,
): Promise<GatewayFailure> {
  const status = answer.statusCode ?? 0;
  switch (true) {
    case status === 401 || status === 403:
      return new GatewayFailure(
        502,
        'provider_refused',
        `${title} does not take the key of this installation: tell an admin.`,
      );
    case status === 402:
      return new GatewayFailure(
        502,
        'provider_refused',
        `The credit of this installation at ${title} is used up: tell an admin.`,
      );
    case status === 429:
      return new GatewayFailure(429, 'provider_busy', `${title} takes no more requests for now: try again later.`, {
        retryAfterSeconds: seconds(answer.headers['retry-after']),
      });
    case status === 408 || status === 504:
      return silent(title);
    case status >= 500:
      return new GatewayFailure(
        502,
        'provider_failed',
        `${title} has trouble of its own (${status}): try again later.`,
      );
    case status >= 400: {
      const words = await wordsOf(answer, silentMs, key.value.reveal());
      return new GatewayFailure(status, 'provider_rejected', words || `${title} rejected the request (${status}).`);
    }
    default:
      return garbage(title);
  }
}

export const garbage = (title: string) =>
  new GatewayFailure(
    502,
    'provider_garbage',
    `What ${title} answered is not what its API answers: try again later, or tell an admin.`,
  );

const seconds = (header: string | undefined): number | undefined =>
  header !== undefined && /^\d{1,6}$/.test(header) ? Number(header) : undefined;

/** What a provider says is wrong with a request: whoever sent it needs to know. Never with our key in it. */
async function wordsOf(answer: IncomingMessage, silentMs: number, key: string): Promise<string> {
  const body = await readWhole(answer, { mostBytes: 64 * 1024, silentMs }).catch(() => undefined);
  const error = body && parseObject(body.toString())?.['error'];
  const message = isObject(error) ? error['message'] : error;
  return typeof message === 'string' ? message.replaceAll(key, '[secret]').slice(0, 2_000) : '';
}
