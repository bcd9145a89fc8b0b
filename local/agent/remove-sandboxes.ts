import { existsSync } from 'node:fs';
import { parseConfig } from '../../host-agent/config.ts';
import { cgroupNameFor } from '../../host-agent/machine/cgroup-name.ts';
import { claimIdRange } from '../../host-agent/machine/id-range.ts';
import { openSandboxes } from '../../host-agent/sandboxes/index.ts';
import type { DataDir } from '../data-dir/open.ts';
import type { Settings } from '../settings.ts';

/** Ends all sandboxes of the local host with their mounts and cgroups. Answers how many there were. */
export async function removeSandboxes(
  settings: { readonly environment: Partial<Settings['environment']> },
  dataDir: Pick<DataDir, 'agent'>,
): Promise<number> {
  if (!existsSync(dataDir.agent)) return 0;
  const config = parseConfig({ ...settings.environment, MUSTER_AGENT_DATA_DIR: dataDir.agent });
  const sandboxes = await openSandboxes({
    dataDir: config.dataDir,
    cacheDir: config.cacheDir,
    runtime: config.runtime,
    cgroupParent: config.cgroupParent ?? cgroupNameFor(config.dataDir),
    ids: {
      first: config.uidBase ?? (await claimIdRange(config.machineDir, config.dataDir)),
      sandboxes: config.maxSandboxes,
    },
  });
  try {
    const all = sandboxes.inventory().sandboxes;
    await Promise.all(all.map(({ sandboxId, attempt }) => sandboxes.destroy(sandboxId, attempt)));
    return all.length;
  } finally {
    await sandboxes.close();
  }
}
