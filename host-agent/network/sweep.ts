import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { lockName } from '../machine/data-dir.ts';
import { takeLock } from '../machine/lock.ts';
import { linkPrefix } from './addresses.ts';
import type { KernelNetwork } from './kernel.ts';
import { listLinks } from './link.ts';
import { dataDirIn, noTableScript, tablePrefix } from './rules.ts';

/**
 * Removes the tables of agents that were killed and never came back. One stays where its agent runs, where a sandbox still
 * has a link in it, and where nobody can tell whose it is. Answers the names of those that went.
 */
export async function sweepTables(machine: KernelNetwork, own: string): Promise<string[]> {
  const listed = (await machine.run(['nft', 'list', 'tables', 'inet'])).split('\n');
  const names = listed.flatMap((line) => /^table inet (\w+)$/.exec(line)?.[1] ?? []);
  const swept: string[] = [];
  for (const name of names) {
    if (name === own || !name.startsWith(tablePrefix)) continue;
    if (await sweep(machine, name)) swept.push(name);
  }
  return swept;
}

async function sweep(machine: KernelNetwork, name: string): Promise<boolean> {
  const dataDir = dataDirIn(await machine.run(['nft', 'list', 'table', 'inet', name]));
  if (dataDir === undefined) return false;
  const lockPath = join(dataDir, lockName);
  const isThere = (path: string) =>
    stat(path).then(
      () => true,
      () => false,
    );
  if (!(await isThere(dataDir))) return remove(machine, name);
  if (!(await isThere(lockPath))) return false;
  // Held meanwhile: its agent may be coming back right now.
  const lock = await takeLock(lockPath, 0);
  if (!lock) return false;
  try {
    return await remove(machine, name);
  } finally {
    await lock.release();
  }
}

async function remove(machine: KernelNetwork, name: string): Promise<boolean> {
  const table = await machine.run(['nft', 'list', 'table', 'inet', name]);
  if ((await listLinks(machine, linkPrefix)).some((link) => table.includes(`"${link}"`))) return false;
  await machine.nft(noTableScript(name));
  return true;
}
