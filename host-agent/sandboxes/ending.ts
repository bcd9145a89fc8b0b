import { setTimeout as after } from 'node:timers/promises';
import type { SandboxCgroup } from '../runtime/index.ts';

/** How long the kernel may take to end a sandbox whose init has died. */
const dyingMs = 2000;

/** Why a sandbox has ended, in one sentence; undefined where it lives. */
export async function endOf(
  cgroup: SandboxCgroup,
  limits: { readonly memoryMib: number },
): Promise<string | undefined> {
  for (let waitedMs = 0; (await cgroup.pids()).length > 0; waitedMs += 10) {
    if (waitedMs >= dyingMs) return undefined;
    await after(10);
  }
  if ((await cgroup.oomKills()) > 0)
    return `Its init was killed because the sandbox used up its memory (${limits.memoryMib} MiB).`;
  return 'Its init was killed or has crashed.';
}
