import type { IncomingHttpHeaders, ServerHttp2Stream } from 'node:http2';
import type { DescMethod, DescService } from '@bufbuild/protobuf';
import { Code, ConnectError, createContextValues, type ContextValues, type HandlerContext } from '@connectrpc/connect';
import { callerLeft } from './requests.ts';

const tookTooLong = new ConnectError('the deadline has passed', Code.DeadlineExceeded);
const callOver = new ConnectError('the call has ended', Code.Canceled);

/** What a handler knows of a call. Its headers are always empty, because here nobody asks for them. */
export class CallContext implements HandlerContext {
  readonly method: DescMethod;
  readonly service: DescService;
  readonly requestMethod = 'POST';
  readonly protocolName = 'connect';
  readonly timeoutMs: () => number | undefined;
  readonly #ending = new AbortController();
  readonly #timer: NodeJS.Timeout | undefined;
  #values: ContextValues | undefined;

  constructor(method: DescMethod, stream: ServerHttp2Stream, headers: IncomingHttpHeaders) {
    this.method = method;
    this.service = method.parent;
    const leave = () => this.#ending.abort(callerLeft);
    stream.once('close', leave);
    // Comes at once; the close waits until what had arrived was read.
    stream.once('aborted', leave);
    const mayTakeMs = Number(headers['connect-timeout-ms']);
    const endsAt = performance.now() + mayTakeMs;
    if (mayTakeMs > 0) this.#timer = setTimeout(() => this.#ending.abort(tookTooLong), mayTakeMs);
    this.timeoutMs = () => (mayTakeMs > 0 ? endsAt - performance.now() : undefined);
  }

  get signal(): AbortSignal {
    return this.#ending.signal;
  }

  get url(): string {
    return `/${this.service.typeName}/${this.method.name}`;
  }

  get requestHeader(): Headers {
    return new Headers();
  }

  get responseHeader(): Headers {
    return new Headers();
  }

  get responseTrailer(): Headers {
    return new Headers();
  }

  get values(): ContextValues {
    return (this.#values ??= createContextValues());
  }

  /** What goes on for the call ends with it. */
  over(): void {
    clearTimeout(this.#timer);
    this.#ending.abort(callOver);
  }
}
