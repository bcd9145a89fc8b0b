export { ConnectionFailed, type PortConnection } from './connection.ts';
export {
  channel,
  type Closed,
  frameType,
  type OutputChannel,
  ProtocolViolation,
  maxOpen,
  stdinWindow,
} from './frames.ts';
export { InitLink, InitSilent } from './link.ts';
export type { ProcessSpec } from './open.ts';
export { outputWindow, type ProcessEvent, type ProcessStream } from './process.ts';
export { initProgram } from './program.ts';
export type { InitStream, SendFrame } from './stream.ts';
