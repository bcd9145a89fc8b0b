import { encodeOpen, type ProcessSpec } from '../open.ts';

/** The bodies of OPEN for what outlives the connection; the structures of `../native/protocol.h`. */
const kinds = { process: 2, output: 3, control: 4, list: 5 } as const;
const flags = { terminal: 1, loginShell: 2 } as const;
const holdFlag = 1;
const keySize = 16;
const keptHeaderSize = 32;

/** What the init keeps beside a process for the agent, in bytes. */
export const maxMemo = 896;

/** A process to start that outlives the connection. */
export interface KeptSpec {
  /** 16 characters. */
  readonly key: string;
  /** Known to the agent alone, and given back with the list. */
  readonly memo: Uint8Array;
  /** Bytes of output to keep. */
  readonly kept: number;
  readonly terminal: { readonly cols: number; readonly rows: number } | undefined;
  /** Whether the user's own shell takes the place of the program. */
  readonly loginShell: boolean;
}

/** Of a process; or why there cannot be one. */
export function encodeKept(spec: KeptSpec, process: ProcessSpec): Buffer | { readonly impossible: string } {
  const rest = encodeOpen(process, 0);
  if (!Buffer.isBuffer(rest)) return rest;
  const header = Buffer.alloc(keptHeaderSize);
  header.writeUInt16LE(kinds.process, 0);
  header.writeUInt16LE((spec.terminal ? flags.terminal : 0) | (spec.loginShell ? flags.loginShell : 0), 2);
  header.write(spec.key, 4, keySize, 'latin1');
  header.writeUInt32LE(spec.kept, 20);
  header.writeUInt16LE(spec.terminal?.cols ?? 0, 24);
  header.writeUInt16LE(spec.terminal?.rows ?? 0, 26);
  header.writeUInt32LE(spec.memo.length, 28);
  return Buffer.concat([header, spec.memo, rest]);
}

/** Of the stream of a process that another connection has begun. */
export function encodeControl(key: string): Buffer {
  const body = Buffer.alloc(4 + keySize);
  body.writeUInt16LE(kinds.control, 0);
  body.write(key, 4, keySize, 'latin1');
  return body;
}

/** Of a reader of a process's output. */
export function encodeOutput(key: string, offset: number, hold: boolean, window: number): Buffer {
  const body = Buffer.alloc(4 + keySize + 12);
  body.writeUInt16LE(kinds.output, 0);
  body.writeUInt16LE(hold ? holdFlag : 0, 2);
  body.write(key, 4, keySize, 'latin1');
  body.writeUInt32LE(window, 20);
  body.writeBigUInt64LE(BigInt(offset), 24);
  return body;
}

/** Of the list. */
export function encodeList(): Buffer {
  const body = Buffer.alloc(2);
  body.writeUInt16LE(kinds.list, 0);
  return body;
}
