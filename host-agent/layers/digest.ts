import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';

const readBytes = 1024 * 1024;

/** The digest of a file. It is always read into the same memory: anything else would be work for the garbage collector. */
export async function digestOf(file: FileHandle): Promise<string> {
  const hash = createHash('sha256');
  const buffer = Buffer.allocUnsafe(readBytes);
  for (let at = 0, read = 1; read > 0; at += read) {
    ({ bytesRead: read } = await file.read(buffer, 0, readBytes, at));
    hash.update(buffer.subarray(0, read));
  }
  return `sha256:${hash.digest('hex')}`;
}
