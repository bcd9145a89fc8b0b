import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { setTimeout as after } from 'node:timers/promises';

const readBytes = 1024 * 1024;
/** Between two looks at a file that grows. */
const lookEveryMs = 10;

/**
 * The digest of a file that is written at its end until `written`: it is read meanwhile. Always into the same memory:
 * anything else would be work for the garbage collector.
 */
export async function digestOf(file: FileHandle, written: Promise<unknown> = Promise.resolve()): Promise<string> {
  const hash = createHash('sha256');
  const buffer = Buffer.allocUnsafe(readBytes);
  let isWhole = false;
  const whole = written.then(() => void (isWhole = true));
  await Promise.race([whole, after(lookEveryMs)]);
  for (let at = 0; ;) {
    const wasWhole = isWhole;
    const { bytesRead } = await file.read(buffer, 0, readBytes, at);
    hash.update(buffer.subarray(0, bytesRead));
    at += bytesRead;
    if (bytesRead === 0 && wasWhole) return `sha256:${hash.digest('hex')}`;
    if (bytesRead < readBytes) await Promise.race([whole, after(lookEveryMs)]);
  }
}
