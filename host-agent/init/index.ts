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
export { InputAhead, type ProcessInput, type Writer } from './input.ts';
export { ControlStream } from './kept/control.ts';
export { type ListedProcess, listKept } from './kept/list.ts';
export { encodeControl, encodeKept, encodeOutput, type KeptSpec, maxMemo } from './kept/open.ts';
export { OutputStream, readerWindow } from './kept/output.ts';
export { initProgram } from './program.ts';
export type { InitStream, SendFrame } from './stream.ts';
