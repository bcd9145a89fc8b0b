import { randomUUID } from 'node:crypto';
import type { Context } from '../context.ts';
import type { OutgoingConnections } from '../outgoing/index.ts';
import { noteUse } from '../settings/index.ts';
import { answer as answerWith, type NodeResponse } from '../server/http-types.ts';
import { askProvider, garbage, silent } from './ask-provider.ts';
import { bodyFor, guessTokens, parseObject, type Asked } from './asked.ts';
import { readBudget, reserve, settle, type Settlement } from './budget-store.ts';
import { figuresIn } from './figures.ts';
import { GatewayFailure } from './failure.ts';
import type { Holder } from './holder.ts';
import { capReached } from './cap-reached.ts';
import { passStream } from './pass-stream.ts';
import { providerOf, type OpenProvider } from './provider.ts';
import { readWhole, Silence } from './read-whole.ts';

/** How long a request may take in all. */
export const mostMs = 30 * 60_000;
/** A replica that died gives nothing back: what it held is taken as used after this time. */
const lifetimeMs = mostMs + 5 * 60_000;
/** How much more is held back at a time for an answer that becomes longer than was thought. */
const growBy = 4_096;
const mostAnswerBytes = 64 * 1024 * 1024;

/** A request of a client, on its way to a model. */
export interface GatewayCall {
  readonly context: Context;
  readonly holder: Holder;
  readonly asked: Asked;
  readonly response: NodeResponse;
  readonly connections: OutgoingConnections;
}

type Used = Pick<Settlement, 'promptTokens' | 'completionTokens' | 'estimated' | 'costMicros'>;

/** Asks the model's provider and passes its answer on; counts what it comes to. Throws a GatewayFailure before an answer has begun. */
export async function callModel(call: GatewayCall): Promise<void> {
  const { context, holder, asked } = call;
  const { userId, teamId } = holder;
  const { provider, model } = await providerOf(context, asked.model);
  const id = randomUUID();
  const room = roomFor(context, { id, userId }, asked);
  await room.take(asked.promptTokens + asked.completionTokens);
  let used: Used | undefined;
  try {
    used = await pass(call, provider, model, room);
    await noteUse(context, provider.key);
  } catch (error) {
    if (error instanceof GatewayFailure && error.code === 'provider_refused')
      await noteUse(context, provider.key, error.message);
    // Nobody knows how far the provider came: whoever breaks off a request does not get it for nothing.
    if (context.signal.aborted) used ??= brokenOffUse(asked);
    throw error;
  } finally {
    await settle(context.sql, id, used && { ...used, userId, teamId, provider: provider.name, model });
  }
}

const brokenOffUse = ({ promptTokens, completionTokens, stream }: Asked): Used => ({
  promptTokens,
  completionTokens: stream ? 0 : completionTokens,
  estimated: true,
  costMicros: 0,
});

/** What is held back for one request. */
interface Room {
  /** Throws where there is no room for so many more tokens. */
  take(tokens: number): Promise<void>;
  /** Throws where there is no room for an answer of so many tokens in all. */
  grow(answered: number): Promise<void>;
}

function roomFor(
  { sql }: Pick<Context, 'sql'>,
  { id, userId }: { readonly id: string; readonly userId: string },
  { promptTokens }: Asked,
): Room {
  let held = 0;
  const take = async (tokens: number) => {
    if (!(await reserve(sql, { id, userId, tokens, lifetimeMs })))
      throw capReached(await readBudget(sql, userId), tokens);
    held += tokens;
  };
  return {
    take,
    async grow(answered) {
      if (promptTokens + answered > held) await take(Math.max(growBy, promptTokens + answered - held));
    },
  };
}

/** Answers what the request came to. */
async function pass(call: GatewayCall, provider: OpenProvider, model: string, room: Room): Promise<Used> {
  const { context, asked, response, connections } = call;
  const answer = await askProvider(
    context,
    provider,
    {
      method: 'POST',
      path: asked.endpoint.path,
      body: bodyFor(asked, model),
      accept: asked.stream ? 'text/event-stream' : 'application/json',
    },
    connections,
  );
  try {
    const type = (answer.headers['content-type'] ?? '').toLowerCase();
    if (answer.headers['content-encoding'] !== undefined) throw garbage(provider.title);
    if (!asked.stream || !type.startsWith('text/event-stream')) return await passWhole(call, provider, answer);
    response.statusCode = 200;
    for (const [name, value] of Object.entries({ ...headers, 'content-type': 'text/event-stream; charset=utf-8' }))
      response.setHeader(name, value);
    // So that the client sees that it is answered before the first token comes.
    if ('flushHeaders' in response) response.flushHeaders();
    else response.writeHead(200);
    const { figures, guessedTokens } = await passStream(answer, response, {
      title: provider.title,
      wantsUsage: asked.wantsUsage,
      silentMs: context.config.gatewaySilenceMs,
      signal: context.signal,
      grow: (answered) => room.grow(answered),
    });
    return figures
      ? { ...figures, estimated: false }
      : { promptTokens: asked.promptTokens, completionTokens: guessedTokens, estimated: true, costMicros: 0 };
  } finally {
    answer.destroy();
  }
}

const headers = { 'cache-control': 'no-store', 'x-accel-buffering': 'no', 'x-content-type-options': 'nosniff' };

async function passWhole(
  { context, asked, response }: GatewayCall,
  { title }: OpenProvider,
  answer: Parameters<typeof passStream>[0],
): Promise<Used> {
  const silentMs = context.config.gatewaySilenceMs;
  const bytes = await readWhole(answer, { mostBytes: mostAnswerBytes, silentMs }).catch((error: unknown) => {
    throw error instanceof Silence
      ? silent(title)
      : new GatewayFailure(502, 'provider_failed', `${title} broke off in the middle of its answer: try again.`, {
          cause: error,
        });
  });
  const body = parseObject(bytes.toString());
  if (!body) throw garbage(title);
  answerWith(response, 200, { ...headers, 'content-type': 'application/json' }, bytes);
  const figures = figuresIn(body);
  return figures
    ? { ...figures, estimated: false }
    : {
        promptTokens: asked.promptTokens,
        completionTokens: asked.endpoint.answers ? guessTokens(body['choices']) : 0,
        estimated: true,
        costMicros: 0,
      };
}
