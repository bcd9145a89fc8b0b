export { ConnectionFailed, type PortConnection } from './connection.ts';
export { channel, type Closed, ProtocolViolation } from './frames.ts';
export { InitLink, InitSilent } from './link.ts';
export type { ProcessSpec } from './open.ts';
export type { ProcessEvent, ProcessStream } from './process.ts';
export { initProgram } from './program.ts';
