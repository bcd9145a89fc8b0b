import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Of a filter's instructions, as the kernel takes them. */
const instructionSize = 8;

/**
 * The filter that crun has made of the profile of a sandbox which it has started, as its annotation takes it: the same for
 * every sandbox, and making it takes a tenth of a start. Undefined where there is none, as with runc.
 */
export function madeFilter(stateDir: string, id: string): string | undefined {
  try {
    const filter = readFileSync(join(stateDir, id, 'seccomp.bpf'));
    return filter.length > 0 && filter.length % instructionSize === 0 ? filter.toString('base64') : undefined;
  } catch {
    return undefined;
  }
}
