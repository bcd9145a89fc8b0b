import { Code } from '@connectrpc/connect';
import { anonymous } from '../access/index.ts';
import { makeContext, type Context, type Services } from '../context.ts';
import { isDatabaseUnavailable } from '../database/index.ts';
import { Refusal } from '../errors.ts';
import { spend } from '../limits/index.ts';
import type { OutgoingConnections } from '../outgoing/index.ts';
import type { Bridge, BridgeRequest } from '../server/index.ts';
import { answer, headerOf, type NodeRequest } from '../server/http-types.ts';
import { endpoints, readAsked } from './asked.ts';
import { callModel, mostMs } from './call.ts';
import { answerFailure, GatewayFailure, invalidRequest, notAuthenticated } from './failure.ts';
import { holderOf } from './holder.ts';
import { listModels } from './models.ts';
import { readWhole, Silence, TooLarge } from './read-whole.ts';

/** Pictures are sent within requests. */
const mostBodyBytes = 16 * 1024 * 1024;
const bodySilentMs = 30_000;

/** Where clients of OpenAI ask models: at `/v1/`, with a token of the gateway as the key. */
export function gatewayBridge(services: Services, connections: OutgoingConnections): Bridge {
  return {
    matches: (path) => path.startsWith('/v1/'),
    async serve(asked) {
      const { response, origin, calls, log } = asked;
      const leaving = new AbortController();
      response.once('close', () => leaving.abort());
      const timer = setTimeout(() => leaving.abort(), mostMs);
      const signal = AbortSignal.any([leaving.signal, calls.lastSignal]);
      const context = makeContext(services, { caller: anonymous, origin, signal });
      let countOut = () => {};
      try {
        countOut = calls.begin();
        await serve(context, asked, connections);
      } catch (error) {
        const failure = failureOf(error);
        // Neither the request nor the answer is in any of our errors.
        if (!failure) log.error({ err: error, requestId: origin.requestId }, 'a request of the model gateway failed');
        else if (failure.status >= 500)
          log.warn({ err: failure, requestId: origin.requestId, code: failure.code }, 'a model could not be asked');
        if (response.headersSent || response.destroyed) response.destroy();
        else answerFailure(response, failure ?? ownFault());
      } finally {
        clearTimeout(timer);
        countOut();
      }
    },
  };
}

async function serve(
  context: Context,
  { request, response, path }: BridgeRequest,
  connections: OutgoingConnections,
): Promise<void> {
  const holder = await holderOf(context, request);
  if (!holder) throw notAuthenticated();
  await spend(context, 'gateway', holder.userId);
  if (path === '/v1/models' && request.method === 'GET') {
    const models = await listModels(context, connections);
    return answer(response, 200, { 'content-type': 'application/json', 'cache-control': 'no-store' }, models);
  }
  const endpoint = Object.hasOwn(endpoints, path) ? endpoints[path as keyof typeof endpoints] : undefined; // it has it
  if (!endpoint || request.method !== 'POST') throw unknownUrl();
  const asked = readAsked(endpoint, await readBody(request));
  await callModel({ context, holder, asked, response, connections });
}

async function readBody(request: NodeRequest): Promise<Buffer> {
  if (Number(headerOf(request, 'content-length') ?? 0) > mostBodyBytes) throw tooLarge();
  return readWhole(request, { mostBytes: mostBodyBytes, silentMs: bodySilentMs });
}

const unknownUrl = () =>
  new GatewayFailure(
    404,
    'unknown_url',
    'The gateway answers POST to /v1/chat/completions, /v1/completions and /v1/embeddings, and GET to /v1/models.',
  );

const tooLarge = () => new GatewayFailure(413, 'request_too_large', 'The request is larger than 16 MiB.');

const ownFault = () =>
  new GatewayFailure(500, 'unavailable', 'Something failed in Muster: try again, or tell an admin.');

/** What an error is to who asked; undefined for faults of our own. */
function failureOf(error: unknown): GatewayFailure | undefined {
  if (error instanceof GatewayFailure) return error;
  if (error instanceof TooLarge) return tooLarge();
  if (error instanceof Silence) return invalidRequest('The request did not arrive in time.');
  if (error instanceof Refusal && error.code === Code.ResourceExhausted)
    return new GatewayFailure(429, 'rate_limit_exceeded', `Too many requests: wait ${error.retryAfterSeconds} s.`, {
      retryAfterSeconds: error.retryAfterSeconds,
    });
  if (isDatabaseUnavailable(error) || (error instanceof Refusal && error.code === Code.Unavailable))
    return new GatewayFailure(503, 'unavailable', 'Muster cannot answer now: try again in a moment.', { cause: error });
  return undefined;
}
