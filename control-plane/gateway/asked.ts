import { invalidRequest } from './failure.ts';

/** Addresses of the gateway by which a model is asked, and what they are called at providers. */
export const endpoints = {
  '/v1/chat/completions': { path: 'chat/completions', answers: true },
  '/v1/completions': { path: 'completions', answers: true },
  '/v1/embeddings': { path: 'embeddings', answers: false },
} as const satisfies Record<string, Endpoint>;

export interface Endpoint {
  readonly path: string;
  /** Whether the model answers with tokens, which can be streamed. */
  readonly answers: boolean;
}

/** What a client asks of a model: as much of it as the gateway needs to know. */
export interface Asked {
  readonly endpoint: Endpoint;
  /** As the client names it. */
  readonly model: string;
  readonly stream: boolean;
  /** Whether the client wants the figures at the end of the stream for itself. */
  readonly wantsUsage: boolean;
  /** How many tokens are sent, by a guess. */
  readonly promptTokens: number;
  /** How many may be answered at most; by a guess where the client sets no limit. */
  readonly completionTokens: number;
  readonly body: Readonly<Record<string, unknown>>;
}

/** Where a client says nothing of how long an answer may be. More is held back as it comes. */
const defaultCompletionTokens = 4_096;
const mostTokens = 1_000_000_000;
const modelName = /^[A-Za-z0-9][A-Za-z0-9._:/@+-]{0,199}$/;

/** Reads a request. Throws a GatewayFailure for what is none. */
export function readAsked(endpoint: Endpoint, bytes: Buffer): Asked {
  const body = parseObject(bytes.toString());
  if (!body) throw invalidRequest('The body must be a JSON object.');
  const { model, stream = false } = body;
  if (typeof model !== 'string' || !modelName.test(model))
    throw invalidRequest('`model` must name a model, such as groq/llama-3.3-70b-versatile.', 'model');
  if (stream !== null && typeof stream !== 'boolean') throw invalidRequest('`stream` must be true or false.', 'stream');
  const options = isObject(body['stream_options']) ? body['stream_options'] : {};
  return {
    endpoint,
    model,
    stream: stream === true && endpoint.answers,
    wantsUsage: options['include_usage'] === true,
    promptTokens: guessTokens(body),
    completionTokens: endpoint.answers ? mostAnswered(body) : 0,
    body,
  };
}

/**
 * The request as the provider gets it: with its own name of the model, and asked for the figures of a stream. Throws a
 * GatewayFailure for one that is nested so deep that it can be read and not be written.
 */
export function bodyFor({ body, stream }: Asked, model: string): string {
  const options = isObject(body['stream_options']) ? body['stream_options'] : {};
  const more = stream ? { model, stream_options: { ...options, include_usage: true } } : { model };
  try {
    return JSON.stringify({ ...body, ...more });
  } catch (error) {
    if (error instanceof RangeError) throw invalidRequest('The body is nested too deep.');
    throw error;
  }
}

function mostAnswered(body: Readonly<Record<string, unknown>>): number {
  const limit = count(body, 'max_completion_tokens') ?? count(body, 'max_tokens') ?? defaultCompletionTokens;
  const choices = Math.max(1, count(body, 'best_of') ?? 1, count(body, 'n') ?? 1);
  const { prompt } = body;
  const prompts = Array.isArray(prompt) && typeof prompt[0] !== 'number' ? Math.max(1, prompt.length) : 1;
  return Math.min(mostTokens, limit * choices * prompts);
}

function count(body: Readonly<Record<string, unknown>>, name: string): number | undefined {
  const value = body[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= mostTokens) return value;
  throw invalidRequest(`\`${name}\` must be a whole number.`, name);
}

/** What a picture, a file or a sound counts for, whose size says nothing of its tokens. */
const attachmentTokens = 1_000;
const bytesPerToken = 4;

/** How many tokens the texts within a value come to, by a guess: a quarter of their bytes. Numbers are tokens already. */
export function guessTokens(value: unknown): number {
  let bytes = 0;
  let tokens = 0;
  // No recursion: requests may be nested however deep.
  const left: unknown[] = [value];
  for (let next = left.pop(); next !== undefined; next = left.pop()) {
    if (typeof next === 'string') {
      if (next.length > 1_000 && /^(data:|[A-Za-z0-9+/]{1000})/.test(next)) tokens += attachmentTokens;
      else bytes += Buffer.byteLength(next);
    } else if (typeof next === 'number') tokens += 1;
    else if (Array.isArray(next)) for (const one of next) left.push(one ?? '');
    else if (isObject(next)) for (const one of Object.values(next)) left.push(one ?? '');
  }
  return tokens + Math.ceil(bytes / bytesPerToken);
}

/** A JSON object; undefined for everything else. */
export function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
