import { open, readFile, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as after } from 'node:timers/promises';

const everyMs = 2;

/**
 * Moving a process into a cgroup waits for the kernel's readers of all processes (10 ms and more), unless another move
 * was made a moment ago. While a runtime starts, this repeats a move that changes nothing: of this process into the
 * cgroup where it is. Measured: a start takes 20 ms instead of 32.
 */
export class AttachWarmth {
  #users = 0;
  #isWarming = false;

  /** Does the work in warmth. */
  async during<T>(work: () => Promise<T>): Promise<T> {
    this.#users += 1;
    if (!this.#isWarming) void this.#warm();
    try {
      return await work();
    } finally {
      this.#users -= 1;
    }
  }

  /** Never fails: where it is not possible, starting takes a little longer. */
  async #warm(): Promise<void> {
    this.#isWarming = true;
    const file = await openOwnCgroup();
    try {
      while (this.#users > 0) {
        await file?.write(String(process.pid), 0);
        await after(everyMs);
      }
    } catch {
      // no right to
    } finally {
      this.#isWarming = false;
      await file?.close();
    }
  }
}

/** The list of processes of the cgroup that this process is in, in any hierarchy: they all wait for the same. */
async function openOwnCgroup(): Promise<FileHandle | undefined> {
  const lines = (await readFile('/proc/self/cgroup', 'utf8').catch(() => '')).split('\n');
  for (const line of lines) {
    const [, controllers, path] = /^\d+:([^:]*):(\/.*)$/.exec(line) ?? [];
    if (controllers === undefined || path === undefined) continue;
    const hierarchy = controllers.replace(/^name=/, '');
    const file = await open(join('/sys/fs/cgroup', hierarchy, path, 'cgroup.procs'), 'r+').catch(() => undefined);
    if (file) return file;
  }
  return undefined;
}
