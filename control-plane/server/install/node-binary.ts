import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import type { OpenFile } from '../send-file.ts';

/** The Node that npm has brought, for machines of the same kind. */
export interface NodeBinary {
  /** As Node names it: `x64`, `arm64`. */
  readonly arch: string;
  /** In hex. */
  readonly sha256: string;
}

const path = fileURLToPath(new URL('../../../node_modules/node/bin/node', import.meta.url));

/** Undefined where npm has brought none. */
export async function readNodeBinary(): Promise<NodeBinary | undefined> {
  if (!(await stat(path).catch(() => undefined))) return undefined;
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return { arch: process.arch, sha256: hash.digest('hex') };
}

/** Opens it for one answer. */
export async function openNodeBinary({ sha256 }: NodeBinary): Promise<OpenFile> {
  const handle = await open(path);
  const { size } = await handle.stat();
  return { handle, size, type: 'application/octet-stream', etag: `"${sha256}"` };
}
