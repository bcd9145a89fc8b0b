import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseConfig } from '../../host-agent/config.ts';
import { openSandboxes, type SandboxOptions } from '../../host-agent/sandboxes/index.ts';

const firstId = 3_100_000_000;

/** Sandboxes without agent and control plane, in a data directory of their own. The `base` template must be ready. */
export async function openOwnHost(name: string, most: number) {
  const dataDir = mkdtempSync(join(tmpdir(), `muster-bench-${name}-`));
  const options: SandboxOptions = {
    dataDir,
    cacheDir: parseConfig(process.env).cacheDir,
    cgroupParent: `muster-bench-${name}-${process.pid}`,
    ids: { first: firstId, sandboxes: most },
    reserveDisk: false,
  };
  const sandboxes = await openSandboxes(options);
  await sandboxes.prepareTemplate('base');
  return {
    options,
    sandboxes,
    spec: (number: number, limits: { cpu: number; memoryMib: number; diskMib: number; pids: number }) => ({
      sandboxId: `sbx${String(number).padStart(12, '0')}`,
      attempt: 1,
      template: 'base',
      env: {},
      hostname: 'bench',
      onDisconnect: 'keep' as const,
      limits,
    }),
    /** Where one of them has its files. */
    home: (number: number) => join(dataDir, 'sandboxes/live', `sbx${String(number).padStart(12, '0')}-1`),
    async close() {
      for (const { sandboxId, attempt } of sandboxes.inventory().sandboxes) await sandboxes.destroy(sandboxId, attempt);
      await sandboxes.close();
      await rm(dataDir, { recursive: true });
    },
  };
}
