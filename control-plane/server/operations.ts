import { createHash, timingSafeEqual } from 'node:crypto';
import type { Origin, Services } from '../context.ts';
import { isDatabaseUnavailable } from '../database/index.ts';
import type { Calls } from './calls.ts';
import { answer, answerText, headerOf, type NodeRequest, type NodeResponse } from './http-types.ts';

type Handler = (request: NodeRequest, response: NodeResponse, origin: Origin) => Promise<void> | void;

/** What machines ask beside the API: whether the server lives and can serve, its figures, its public keys. */
export function operationHandlers(services: Services, calls: Calls): ReadonlyMap<string, Handler> {
  const { pool, metrics, config, installation } = services;
  const plain = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' };
  return new Map<string, Handler>([
    ['/healthz', (_request, response) => answerText(response, 200, 'ok', plain)],
    [
      '/readyz',
      async (_request, response) => {
        if (calls.streamSignal.aborted) return answerText(response, 503, 'shutting down', plain);
        try {
          await pool`select 1`;
          answerText(response, 200, 'ready', plain);
        } catch (error) {
          if (!isDatabaseUnavailable(error)) throw error;
          answerText(response, 503, 'the database cannot be reached', plain);
        }
      },
    ],
    [
      '/metrics',
      async (request, response, { loopback }) => {
        const [, token] = /^bearer +(\S+)$/i.exec(headerOf(request, 'authorization') ?? '') ?? [];
        const known =
          token !== undefined && config.metricsToken !== undefined && equal(token, config.metricsToken.reveal());
        if (!loopback && !known)
          return answerText(response, 401, 'Send the token of MUSTER_METRICS_TOKEN as Authorization: Bearer.', plain);
        answer(response, 200, { ...plain, 'content-type': metrics.contentType }, await metrics.metrics());
      },
    ],
    [
      '/.well-known/jwks.json',
      async (_request, response) => {
        const keys = JSON.stringify(await installation.tokens.publicKeys());
        answer(
          response,
          200,
          {
            'content-type': 'application/json',
            'cache-control': 'public, max-age=300',
            'x-content-type-options': 'nosniff',
          },
          keys,
        );
      },
    ],
  ]);
}

/** Whether two texts are the same, in a time that says nothing about where they differ. */
function equal(one: string, other: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(one), digest(other));
}
