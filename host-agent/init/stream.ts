import type { Closed, OutputChannel } from './frames.ts';

/** How a stream sends its frames. */
export type SendFrame = (type: number, body: Uint8Array, on?: number) => void;

/**
 * The agent's end of one stream of any kind. Each gets the frames that arrive for it, and throws `ProtocolViolation` for
 * one that the init may not send now.
 */
export interface InitStream {
  onOpened(pid: number): void;
  onData(on: OutputChannel, bytes: Buffer): void;
  /** Only of kinds that end their output by themselves. */
  onEnd?(): void;
  onCredit(bytes: number): void;
  /** Only of kinds that have places. */
  onPlace?(offset: number): void;
  /** The last frame. */
  onClosed(result: Closed): void;
  /** The connection has ended before it was closed. */
  end(error: Error): void;
}
