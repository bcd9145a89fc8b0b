import { constants, type ServerHttp2Stream } from 'node:http2';
import { contentTypeStreamProto } from '@connectrpc/connect/protocol-connect';

/** That much is sent at once: a source that never pauses must not fill the memory before the next turn. */
const mostWaiting = 64 * 1024;

/**
 * The way out of a stream of answers. What is added in one turn of the event loop leaves as one frame: an answer and the
 * end behind it cost one write here and one read there.
 */
export class Outbox {
  readonly #stream: ServerHttp2Stream;
  readonly #gatherFirstMs: number;
  #waiting: Uint8Array[] = [];
  #waitingBytes = 0;
  #timer: NodeJS.Timeout | undefined;
  #isFlushPlanned = false;
  #hasFlushed = false;
  #room: PromiseWithResolvers<void> | undefined;

  /** The first answer waits up to `gatherFirstMs` for what follows it. */
  constructor(stream: ServerHttp2Stream, gatherFirstMs: number) {
    this.#stream = stream;
    this.#gatherFirstMs = gatherFirstMs;
    stream.on('drain', () => this.#makeRoom());
    stream.once('close', () => this.#makeRoom());
  }

  /** Sends these parts soon. A promise where the reader is behind: nothing more should be added until it is fulfilled. */
  add(parts: readonly Uint8Array[]): Promise<void> | undefined {
    for (const part of parts) {
      this.#waiting.push(part);
      this.#waitingBytes += part.length;
    }
    if (this.#waitingBytes >= mostWaiting) this.#flush();
    else if (!this.#isFlushPlanned) this.#planFlush();
    return this.#room?.promise;
  }

  /** Sends the last part, and everything before it. */
  end(part: Uint8Array): void {
    clearTimeout(this.#timer);
    if (this.#stream.destroyed) return;
    this.#waiting.push(part);
    this.#begin();
    // Requests that nobody reads any more must not keep the stream.
    this.#stream.resume();
    this.#stream.end(this.#takeWaiting(), () => {
      if (!this.#stream.readableEnded) this.#stream.close(constants.NGHTTP2_NO_ERROR);
    });
  }

  #planFlush(): void {
    this.#isFlushPlanned = true;
    if (this.#hasFlushed || this.#gatherFirstMs === 0) process.nextTick(() => this.#flush());
    else this.#timer = setTimeout(() => this.#flush(), this.#gatherFirstMs);
  }

  #flush(): void {
    this.#isFlushPlanned = false;
    if (this.#waiting.length === 0 || this.#stream.destroyed || this.#stream.writableEnded) return;
    this.#begin();
    // Joined only where the copy costs less than a write.
    if (this.#waitingBytes >= mostWaiting) this.#writeWaiting();
    else this.#stream.write(this.#takeWaiting());
    if (this.#stream.writableNeedDrain) this.#room ??= Promise.withResolvers();
  }

  #writeWaiting(): void {
    this.#stream.cork();
    for (const part of this.#waiting) this.#stream.write(part);
    this.#waiting = [];
    this.#waitingBytes = 0;
    this.#stream.uncork();
  }

  #begin(): void {
    this.#hasFlushed = true;
    if (!this.#stream.headersSent) this.#stream.respond({ ':status': 200, 'content-type': contentTypeStreamProto });
  }

  #takeWaiting(): Uint8Array {
    const waiting = this.#waiting;
    this.#waiting = [];
    this.#waitingBytes = 0;
    return waiting.length === 1 ? waiting[0]! : Buffer.concat(waiting);
  }

  #makeRoom(): void {
    this.#room?.resolve();
    this.#room = undefined;
  }
}
