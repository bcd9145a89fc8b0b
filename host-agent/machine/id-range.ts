import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeAtomically } from '../enrolment/atomic-file.ts';
import { StartupError } from '../startup-error.ts';
import { takeLock } from './lock.ts';

/** User ids per sandbox. */
const idsPerSandbox = 65_536;
/** 1,024 sandboxes each; 20 slots fill the range that Linux distributions leave to containers (524,288 to 1,879,048,191). */
const slot = { first: 0x2000_0000, size: 1024 * idsPerSandbox, count: 20 } as const;

/**
 * Claims a range of user ids for a data directory, among all agents of the machine: the same one at every start, since
 * files on disk belong to these ids. A range whose data directory is gone is given away last. Answers its first id.
 */
export async function claimIdRange(machineDir: string, dataDir: string): Promise<number> {
  const directory = join(machineDir, 'id-ranges');
  await mkdir(directory, { recursive: true, mode: 0o755 }).catch((error: Error) => {
    throw new StartupError(
      `${directory} cannot be made (${error.message}). Run as root, or set MUSTER_MACHINE_DIR to a directory that can be written.`,
    );
  });
  const lock = await takeLock(join(directory, 'lock'), 10);
  if (!lock)
    throw new StartupError(
      `Another process has locked ${directory} for 10 seconds. Try again, or see with "lslocks" which one it is.`,
    );
  try {
    const owners = await readOwners(directory);
    const slots = Array.from({ length: slot.count }, (_, index) => index);
    const own = slots.find((index) => owners.get(index) === dataDir);
    const chosen =
      own ?? slots.find((index) => !owners.has(index)) ?? slots.find((index) => !existsSync(owners.get(index)!));
    if (chosen === undefined) {
      throw new StartupError(
        `All ${slot.count} ranges of user ids of this machine are taken by other agents (see ${directory}). Set MUSTER_AGENT_UID_BASE yourself.`,
      );
    }
    if (own === undefined) await writeAtomically(join(directory, String(chosen)), `${dataDir}\n`, 0o644);
    return slot.first + chosen * slot.size;
  } finally {
    await lock.release();
  }
}

async function readOwners(directory: string): Promise<Map<number, string>> {
  const names = (await readdir(directory)).filter((name) => /^\d+$/.test(name));
  return new Map(
    await Promise.all(
      names.map(async (name) => [Number(name), (await readFile(join(directory, name), 'utf8')).trim()] as const),
    ),
  );
}
