import { constants, type ClientHttp2Stream } from 'node:http2';
import type { DescMethod } from '@bufbuild/protobuf';
import { Code, ConnectError } from '@connectrpc/connect';
import type { AgentSession } from './session.ts';

/** How long a host may take to close what it has answered. */
const closedWithinMs = 1000;

/** One call on an agent: what goes there, and what comes back in pieces. */
export class AgentCall {
  readonly #session: AgentSession;
  readonly #stream: ClientHttp2Stream;
  readonly #timeoutMs: number;
  readonly #status: Promise<number>;
  #signal: AbortSignal | undefined;
  #timer: NodeJS.Timeout | undefined;
  #reason: ConnectError | undefined;
  #hasStatus = false;
  #answered = false;

  /** No deadline where `timeoutMs` is 0, as the library has it. Throws where the connection has ended. */
  constructor(session: AgentSession, method: DescMethod, contentType: string, timeoutMs = 0) {
    this.#session = session;
    this.#timeoutMs = timeoutMs;
    this.#stream = session.open(`/${method.parent.typeName}/${method.name}`, {
      'content-type': contentType,
      'connect-protocol-version': '1',
      ...(timeoutMs ? { 'connect-timeout-ms': String(Math.ceil(timeoutMs)) } : {}),
    });
    // What became of the stream is told by whoever waits for its answer.
    this.#stream.on('error', () => {});
    this.#status = new Promise((resolve, reject) => {
      // An error is made only where one is needed: its stack costs as much as the rest of a short call here.
      const lost = () => reject(connectionLost());
      this.#stream.once('close', lost);
      this.#stream.once('response', (headers) => {
        this.#stream.off('close', lost);
        this.#hasStatus = true;
        resolve(headers[':status'] ?? 0);
      });
    });
    this.#status.catch(() => {});
  }

  /** Whether the host has neither answered nor ended it yet. */
  get isUnused(): boolean {
    return !this.#stream.closed && !this.#stream.destroyed && !this.#hasStatus;
  }

  /** From now on its time runs, and its caller may end it. */
  begin(signal: AbortSignal | undefined): this {
    if (this.#timeoutMs) this.#timer = setTimeout(() => this.#end(tookTooLong()), this.#timeoutMs);
    this.#signal = signal;
    signal?.addEventListener('abort', this.#onAbort);
    if (signal?.aborted) this.#onAbort();
    return this;
  }

  /** Sends all there is to send. */
  send(request: Uint8Array): void {
    this.#stream.end(request);
  }

  /** Sends messages as they come, each in its parts, at the pace of the reader. Where they break off, so does the call. */
  async sendAll(messages: AsyncIterable<readonly Uint8Array[]>): Promise<void> {
    try {
      for await (const parts of messages) {
        if (!this.#stream.writable) return;
        this.#stream.cork();
        for (const part of parts) this.#stream.write(part);
        this.#stream.uncork();
        if (this.#stream.writableNeedDrain) await this.#room();
      }
      this.#stream.end();
    } catch (error) {
      this.#end(ConnectError.from(error, Code.Canceled));
    }
  }

  /** The HTTP status of the answer. */
  status(): Promise<number> {
    return this.#status;
  }

  /** The pieces of the answer as they come; nothing is read ahead of who takes them. */
  async *pieces(): AsyncGenerator<Buffer> {
    // A stream without encoding gives buffers.
    for await (const piece of this.#stream.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      this.#session.notifyResponseByteRead();
      yield piece;
    }
  }

  /** The answer was whole in itself: its caller need not wait until the host has closed the stream as well. */
  isAnswered(): void {
    this.#answered = true;
    this.#stream.resume();
  }

  /** What went wrong, as callers are told: their own end of the call comes first. */
  failure(error: unknown): ConnectError {
    if (this.#reason) return this.#reason;
    return error instanceof ConnectError ? error : connectionLost(error);
  }

  /** Lets go of it; what has not ended is cancelled. */
  release(): void {
    clearTimeout(this.#timer);
    this.#signal?.removeEventListener('abort', this.#onAbort);
    // The end of the stream comes in the same frame as that of the answer, or in the next one.
    if (this.#answered) setTimeout(this.#cancel, closedWithinMs).unref();
    else this.#cancel();
  }

  readonly #cancel = () => {
    if (!this.#stream.readableEnded || !this.#stream.writableEnded) this.#stream.close(constants.NGHTTP2_CANCEL);
  };

  readonly #onAbort = () => this.#end(ConnectError.from(this.#signal?.reason, Code.Canceled));

  #end(reason: ConnectError): void {
    this.#reason ??= reason;
    this.#stream.close(constants.NGHTTP2_CANCEL);
  }

  /** Until more may be sent, or nothing any more. */
  #room(): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        this.#stream.off('drain', done);
        this.#stream.off('close', done);
        resolve();
      };
      this.#stream.on('drain', done);
      this.#stream.on('close', done);
    });
  }
}

/** The answer broke off. */
export const connectionLost = (cause?: unknown) =>
  new ConnectError('the connection to the host has ended', Code.Unavailable, undefined, undefined, cause);

const tookTooLong = () => new ConnectError('the host took too long', Code.DeadlineExceeded);
