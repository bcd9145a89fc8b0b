import { maxOpen } from '../init/index.ts';

/** What the init's child can do; the texts of each stand beside its function in `../init/native/`. */
export type Deed =
  | 'stat'
  | 'list'
  | 'read'
  | 'write'
  | 'replace'
  | 'make'
  | 'move'
  | 'remove'
  | 'permissions'
  | 'watch'
  | 'watch_tree';

/** One thing to do to files, as the init is asked for it. */
export interface FileRequest {
  readonly deed: Deed;
  /** User of the sandbox by name or number; root where empty. */
  readonly user: string;
  readonly texts: readonly (string | number | bigint | boolean | Uint8Array)[];
  /** Whether it takes bytes. */
  readonly withInput: boolean;
  /** It is killed then; never where undefined. */
  readonly timeoutMs?: number | undefined;
}

const filesKind = 8;
const withStdinFlag = 1;
const endsWithLinkFlag = 2;
const headerSize = 24;

/** The body of OPEN, as a process has it. Undefined where the request cannot be said: it is too long, or has zero bytes. */
export function encodeRequest(request: FileRequest, window: number): Buffer | undefined {
  const texts = [request.user, '', request.deed, ...request.texts.map(toText)].map((text) => Buffer.from(text));
  if (texts.some((text) => text.includes(0))) return undefined;
  const zero = Buffer.alloc(1);
  const joined = Buffer.concat(texts.flatMap((text) => [text, zero]));
  if (headerSize + joined.length > maxOpen) return undefined;
  const header = Buffer.alloc(headerSize);
  header.writeUInt16LE(filesKind, 0);
  header.writeUInt16LE((request.withInput ? withStdinFlag : 0) | endsWithLinkFlag, 2);
  header.writeUInt32LE(window, 4);
  header.writeUInt32LE(request.timeoutMs ?? 0, 8);
  header.writeUInt32LE(1 + request.texts.length, 16);
  return Buffer.concat([header, joined]);
}

function toText(value: FileRequest['texts'][number]): string | Uint8Array {
  if (typeof value === 'boolean') return value ? '1' : '0';
  return typeof value === 'object' || typeof value === 'string' ? value : String(value);
}
