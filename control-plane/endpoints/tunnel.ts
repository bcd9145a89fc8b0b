import { Duplex } from 'node:stream';
import type { MessageInitShape } from '@bufbuild/protobuf';
import type { ConnectPortRequestSchema, ConnectPortResponse } from '#proto/muster/agent/v1/host_agent_pb.js';
import type { HostCalls } from '../hosts/index.ts';
import type { Port } from './links.ts';

type Request = MessageInitShape<typeof ConnectPortRequestSchema>;

const maxBytes = 65_536;

interface Waiting {
  /** Undefined: the end. */
  readonly bytes: Buffer | undefined;
  readonly taken: () => void;
}

/**
 * A connection to a port inside a sandbox, as a stream of bytes. A chunk counts as written when the host has taken it, and
 * nothing is asked for that is not read: so each side slows the other down, and nothing is held between them.
 */
export class PortTunnel extends Duplex {
  readonly #ending = new AbortController();
  readonly #answers: AsyncIterator<ConnectPortResponse>;
  #waiting: Waiting | undefined;
  #wake: (() => void) | undefined;
  readonly #onBytes: () => void;

  private constructor(calls: HostCalls, hostId: string, { sandboxId, port }: Port, onBytes: () => void) {
    super({ allowHalfOpen: true, highWaterMark: maxBytes });
    this.#onBytes = onBytes;
    const requests = this.#requests({ sandboxId, port });
    this.#answers = calls.stream(
      hostId,
      (client, options) => client.connectPort(requests, options),
      this.#ending.signal,
    );
  }

  /** Connects; `onBytes` is told whenever some come or go. Throws what the host refuses it with (NOTHING_LISTENS, WRONG_STATE), HOST_UNREACHABLE. */
  static async open(calls: HostCalls, hostId: string, port: Port, onBytes: () => void): Promise<PortTunnel> {
    const tunnel = new PortTunnel(calls, hostId, port, onBytes);
    try {
      await tunnel.#answers.next();
      return tunnel;
    } catch (error) {
      tunnel.destroy();
      throw error;
    }
  }

  override _read(): void {
    this.#answers.next().then(
      ({ done, value }) => {
        this.#onBytes();
        if (done) this.push(null);
        else if (value.message.case === 'data') this.push(Buffer.from(value.message.value));
        else this._read();
      },
      (error: unknown) => this.destroy(error instanceof Error ? error : new Error('the connection broke')),
    );
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, taken: () => void): void {
    this.#onBytes();
    this.#offer({ bytes: chunk, taken });
  }

  override _final(taken: () => void): void {
    this.#offer({ bytes: undefined, taken });
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#ending.abort();
    this.#wake?.();
    done(error);
  }

  #offer(waiting: Waiting): void {
    this.#waiting = waiting;
    this.#wake?.();
  }

  async *#requests(port: Port): AsyncGenerator<Request> {
    yield { message: { case: 'open', value: port } };
    while (!this.destroyed) {
      if (!this.#waiting) {
        await new Promise<void>((resolve) => (this.#wake = resolve));
        continue;
      }
      const { bytes, taken } = this.#waiting;
      this.#waiting = undefined;
      if (bytes === undefined) {
        taken();
        return;
      }
      for (let at = 0; at < bytes.length; at += maxBytes)
        yield { message: { case: 'data', value: bytes.subarray(at, at + maxBytes) } };
      taken();
    }
  }
}
