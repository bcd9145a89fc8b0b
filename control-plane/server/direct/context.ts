import type { DescMethod, DescService } from '@bufbuild/protobuf';
import { Code, ConnectError, type ContextValues, type HandlerContext } from '@connectrpc/connect';
import { headerOf, type NodeRequest, type NodeResponse } from '../http-types.ts';

const callerLeft = new ConnectError('the caller went away', Code.Canceled);
const tooLate = new ConnectError('the deadline has passed', Code.DeadlineExceeded);

/** What a handler knows of a call. */
export class DirectContext implements HandlerContext {
  readonly method: DescMethod;
  readonly service: DescService;
  readonly values: ContextValues;
  readonly requestMethod = 'POST';
  readonly protocolName = 'connect';
  readonly url: string;
  readonly signal: AbortSignal;
  readonly requestHeader: Headers;
  readonly responseHeader = new Headers();
  readonly responseTrailer = new Headers();
  readonly timeoutMs: () => number | undefined;
  /** Lets go of the request: nobody has to be told any more when the caller leaves. */
  readonly over: () => void;

  constructor(method: DescMethod, request: NodeRequest, response: NodeResponse, values: ContextValues) {
    this.method = method;
    this.service = method.parent;
    this.values = values;
    this.url = request.url ?? '';
    this.requestHeader = headersOf(request);
    const ending = new AbortController();
    this.signal = ending.signal;
    const leave = () => ending.abort(callerLeft);
    response.once('close', leave);
    const mayTakeMs = Number(headerOf(request, 'connect-timeout-ms') ?? 0);
    const endsAt = performance.now() + mayTakeMs;
    const timer = mayTakeMs > 0 ? setTimeout(() => ending.abort(tooLate), mayTakeMs) : undefined;
    this.timeoutMs = () => (mayTakeMs > 0 ? endsAt - performance.now() : undefined);
    this.over = () => {
      clearTimeout(timer);
      response.off('close', leave);
    };
  }

  /** What an answer says besides its body; trailers are headers where there is one message. */
  *answerHeaders(): Generator<[string, string]> {
    yield* this.responseHeader;
    for (const [name, value] of this.responseTrailer) yield [`trailer-${name}`, value];
  }
}

function headersOf({ headers }: NodeRequest): Headers {
  const own = new Headers();
  for (const [name, value] of Object.entries(headers))
    if (!name.startsWith(':')) for (const one of [value ?? []].flat()) own.append(name, one);
  return own;
}
