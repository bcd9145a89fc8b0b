import { headerOf, answer, type NodeResponse } from '../server/http-types.ts';

/** What a request of the gateway ends with that was not answered, as clients of OpenAI understand it. All of its words are ours. */
export class GatewayFailure extends Error {
  override readonly name = 'GatewayFailure';
  readonly status: number;
  /** What programs tell it by. */
  readonly code: FailureCode;
  /** The field of the request that it is about. */
  readonly param: string | null;
  /** When it is worth another try, in seconds. */
  readonly retryAfterSeconds: number | undefined;
  /** When there is room under the cap again. */
  readonly resetsAt: Date | undefined;

  constructor(status: number, code: FailureCode, message: string, more: FailureDetails = {}) {
    super(message, { cause: more.cause });
    this.status = status;
    this.code = code;
    this.param = more.param ?? null;
    this.retryAfterSeconds = more.retryAfterSeconds;
    this.resetsAt = more.resetsAt;
  }
}

interface FailureDetails {
  readonly param?: string;
  readonly retryAfterSeconds?: number | undefined;
  readonly resetsAt?: Date;
  readonly cause?: unknown;
}

/** Every code, and what OpenAI calls the kind of error that it is. */
const types = {
  invalid_api_key: 'invalid_request_error',
  invalid_request: 'invalid_request_error',
  unknown_url: 'invalid_request_error',
  model_not_found: 'invalid_request_error',
  request_too_large: 'invalid_request_error',
  provider_rejected: 'invalid_request_error',
  insufficient_quota: 'insufficient_quota',
  rate_limit_exceeded: 'rate_limit_error',
  provider_busy: 'rate_limit_error',
  provider_not_set_up: 'server_error',
  provider_refused: 'server_error',
  provider_unreachable: 'server_error',
  provider_failed: 'server_error',
  provider_garbage: 'server_error',
  provider_timeout: 'server_error',
  unavailable: 'server_error',
} as const;

export type FailureCode = keyof typeof types;

/** One answer for every token that does not work, whatever is wrong with it. */
export const notAuthenticated = () =>
  new GatewayFailure(
    401,
    'invalid_api_key',
    'No valid token of the model gateway was presented: send one that begins with mst_gwy_ as the API key.',
  );

export const invalidRequest = (message: string, param?: string) =>
  new GatewayFailure(400, 'invalid_request', message, param === undefined ? {} : { param });

/** The failure as the body of an answer, or as an event of a stream. */
export const bodyOf = ({ code, message, param, resetsAt }: GatewayFailure): string =>
  JSON.stringify({
    error: { message, type: types[code], param, code, ...(resetsAt && { resets_at: resetsAt.toISOString() }) },
  });

/** Answers with a failure. The rest of a body that nobody reads must not come first. */
export function answerFailure(response: NodeResponse, failure: GatewayFailure): void {
  const { status, code, retryAfterSeconds } = failure;
  const closes = response.req.httpVersionMajor < 2 && !response.req.complete;
  const headers: Record<string, string> = {
    'content-type': 'application/json',
    'cache-control': 'no-store',
    ...(status === 401 && { 'www-authenticate': 'Bearer' }),
    ...(retryAfterSeconds !== undefined && { 'retry-after': String(retryAfterSeconds) }),
    // Clients of OpenAI repeat by themselves what will not be otherwise before the day is over.
    ...(code === 'insufficient_quota' && { 'x-should-retry': 'false' }),
    ...(closes && headerOf(response.req, 'connection') !== 'close' && { connection: 'close' }),
  };
  answer(response, status, headers, `${bodyOf(failure)}\n`);
}
