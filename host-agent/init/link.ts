import { closeSync, openSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { encodeConnection, PortConnection } from './connection.ts';
import {
  encodeFrame,
  encodeHeader,
  type Frame,
  FrameReader,
  frameType,
  protocolVersion,
  ProtocolViolation,
} from './frames.ts';
import { encodeOpen, type ProcessSpec } from './open.ts';
import { outputWindow, ProcessStream } from './process.ts';
import type { InitStream, SendFrame } from './stream.ts';

/** The name of the init's socket in a sandbox's directory. */
export const socketName = 'init.sock';

/** From there on a second buffer costs less than a copy. */
const largeBody = 4096;

/** The connection to an init has ended. */
export class LinkClosed extends Error {
  override readonly name = 'LinkClosed';
}

/** An init that did not answer in time. */
export class InitSilent extends Error {
  override readonly name = 'InitSilent';
}

/**
 * The agent's connection to the init of one sandbox. Everything that arrives is checked; the first wrong byte ends the
 * connection with a `ProtocolViolation`, and the processes' streams with it.
 */
export class InitLink {
  readonly #socket: Socket;
  readonly #reader = new FrameReader();
  readonly #streams = new Map<number, InitStream>();
  readonly #pings = new Map<bigint, () => void>();
  readonly #ended = Promise.withResolvers<Error>();
  #end: Error | undefined;
  #greeted: (() => void) | undefined;
  #lastStream = 0;
  #revision = 0;
  #lastPing = 0n;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (chunk) => this.#receive(chunk));
    socket.on('error', (error) =>
      this.#finish(new LinkClosed('The connection to the sandbox was lost.', { cause: error })),
    );
    socket.on('close', () => this.#finish(new LinkClosed('The connection to the sandbox was lost.')));
  }

  /** Connects to the init whose socket is in this directory. Throws `LinkClosed`, `InitSilent`, `ProtocolViolation`. */
  static async open(directory: string, timeoutMs: number): Promise<InitLink> {
    // Through the directory's descriptor, because a socket's path may have 107 characters only.
    const descriptor = openSync(directory, 'r');
    const link = new InitLink(connect(join('/proc/self/fd', String(descriptor), socketName)));
    const greeting = Promise.withResolvers<void>();
    link.#greeted = greeting.resolve;
    try {
      await link.#within(timeoutMs, greeting.promise);
      return link;
    } catch (error) {
      link.close();
      throw error;
    } finally {
      closeSync(descriptor);
    }
  }

  /** Resolves with the reason when the connection has ended. */
  get ended(): Promise<Error> {
    return this.#ended.promise;
  }

  /** What was added to the protocol, as the init knows it: 1 brought kept processes. It is as old as its sandbox. */
  get revision(): number {
    return this.#revision;
  }

  get isOpen(): boolean {
    return this.#end === undefined;
  }

  /** Whether the init answers. Throws `InitSilent` or what ended the connection. */
  async ping(timeoutMs: number): Promise<void> {
    const cookie = ++this.#lastPing;
    const body = Buffer.alloc(8);
    body.writeBigUInt64LE(cookie);
    const answer = Promise.withResolvers<void>();
    this.#pings.set(cookie, answer.resolve);
    this.#send(frameType.ping, 0, body);
    try {
      await this.#within(timeoutMs, answer.promise);
    } finally {
      this.#pings.delete(cookie);
    }
  }

  /** Starts a process; `stdin` is its whole input, unless that is kept open. Answers its stream, or why there cannot be such a process. */
  start(spec: ProcessSpec, stdin?: Uint8Array, keepOpen = false): ProcessStream | { readonly impossible: string } {
    if (this.#end) throw this.#end;
    const body = encodeOpen(spec, outputWindow);
    if (!Buffer.isBuffer(body)) return body;
    const stream = this.open(body, (send) => new ProcessStream(send));
    if (stdin && stdin.length > 0) void stream.input.writeAll(stdin);
    if (spec.withStdin && !keepOpen) void stream.input.end();
    return stream;
  }

  /** Connects to a TCP port on the sandbox's loopback; `opened` tells when it stands. */
  connect(port: number): PortConnection {
    return this.open(encodeConnection(port), (send) => new PortConnection(send));
  }

  /** Opens a stream of any kind: `body` is that of OPEN, and `make` gets what sends its further frames. Throws what ended the connection. */
  open<Stream extends InitStream>(body: Uint8Array, make: (send: SendFrame) => Stream): Stream {
    if (this.#end) throw this.#end;
    const id = this.#freeStream();
    const stream = make((type, bytes, on) => this.#send(type, id, bytes, on));
    this.#streams.set(id, stream);
    this.#send(frameType.open, id, body);
    return stream;
  }

  /** Lets go; the sandbox is not disturbed. */
  close(): void {
    this.#finish(new LinkClosed('The connection to the sandbox was closed.'));
  }

  #freeStream(): number {
    do this.#lastStream = (this.#lastStream % 0xffff_fffe) + 1;
    while (this.#streams.has(this.#lastStream));
    return this.#lastStream;
  }

  #send(type: number, stream: number, body: Uint8Array, on?: number): void {
    if (this.#end) return;
    if (body.length < largeBody) return void this.#socket.write(encodeFrame(type, stream, body, on));
    this.#socket.cork();
    this.#socket.write(encodeHeader(type, stream, body.length, on));
    this.#socket.write(body);
    this.#socket.uncork();
  }

  #receive(chunk: Buffer): void {
    if (this.#end) return;
    try {
      for (const frame of this.#reader.read(chunk)) this.#handle(frame);
    } catch (error) {
      this.#finish(error instanceof Error ? error : new ProtocolViolation('unreadable'));
    }
  }

  #handle(frame: Frame): void {
    if (frame.type === 'hello') return this.#onHello(frame);
    if (this.#greeted) throw new ProtocolViolation('a frame before the greeting');
    if (frame.type === 'pong') return this.#pings.get(frame.cookie)?.();
    const stream = this.#streams.get(frame.stream);
    if (!stream) throw new ProtocolViolation('a frame for a stream that is not open');
    if (frame.type === 'opened') return stream.onOpened(frame.pid);
    if (frame.type === 'data') return stream.onData(frame.channel, frame.bytes);
    if (frame.type === 'credit') return stream.onCredit(frame.bytes);
    if (frame.type === 'place') {
      if (!stream.onPlace) throw new ProtocolViolation('a place of what has none');
      return stream.onPlace(frame.offset);
    }
    if (frame.type === 'end') {
      if (!stream.onEnd) throw new ProtocolViolation('an end of what has none');
      return stream.onEnd();
    }
    stream.onClosed(frame.result);
    this.#streams.delete(frame.stream);
  }

  #onHello({ version, revision }: Extract<Frame, { type: 'hello' }>): void {
    if (!this.#greeted) throw new ProtocolViolation('greeted twice');
    if (version !== protocolVersion) throw new ProtocolViolation(`version ${version}`);
    this.#revision = revision;
    this.#greeted();
    this.#greeted = undefined;
  }

  #finish(error: Error): void {
    if (this.#end) return;
    this.#end = error;
    this.#socket.destroy();
    for (const stream of this.#streams.values()) stream.end(error);
    this.#streams.clear();
    this.#ended.resolve(error);
  }

  async #within(timeoutMs: number, answer: Promise<void>): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const silence = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new InitSilent(`The sandbox did not answer within ${timeoutMs} ms.`)), timeoutMs);
    });
    try {
      const end = await Promise.race([answer, this.#ended.promise, silence]);
      if (end) throw end;
    } finally {
      clearTimeout(timer);
    }
  }
}
