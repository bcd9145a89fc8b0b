import { createHash } from 'node:crypto';

/** A cgroup of this agent's own: agents on one machine differ by their data directories. */
export function cgroupNameFor(dataDir: string): string {
  return `muster-${createHash('sha256').update(dataDir).digest('hex').slice(0, 12)}`;
}
