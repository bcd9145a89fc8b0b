import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const keptSizes = 64;

/**
 * Empty, formatted volumes, one of each size, from which those of the sandboxes are copied (sparse, well below 1 ms).
 * Formatting takes 5 to 10 ms.
 */
export class BlankVolumes {
  readonly #directory: string;
  readonly #inMaking = new Map<number, Promise<string>>();

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** The path of an empty volume of this size. */
  async get(diskMib: number): Promise<string> {
    const path = join(this.#directory, `${diskMib}.ext4`);
    if (existsSync(path)) return path;
    let making = this.#inMaking.get(diskMib);
    if (!making) {
      making = this.#make(path, diskMib).finally(() => this.#inMaking.delete(diskMib));
      this.#inMaking.set(diskMib, making);
    }
    await making;
    return path;
  }

  async #make(path: string, diskMib: number): Promise<string> {
    await make(this.#directory, path, diskMib);
    await this.#removeOldest();
    return path;
  }

  /** Sizes come from callers: there may be any number of them. Those that were just asked for stay. */
  async #removeOldest(): Promise<void> {
    const names = (await readdir(this.#directory)).filter((name) => name.endsWith('.ext4'));
    if (names.length <= keptSizes) return;
    const paths = names.map((name) => join(this.#directory, name));
    const made = await Promise.all(paths.map(async (path) => ({ path, at: (await stat(path)).mtimeMs })));
    const oldest = made.toSorted((a, b) => a.at - b.at).slice(0, names.length - keptSizes / 2);
    await Promise.all(oldest.map(({ path }) => rm(path, { force: true })));
  }
}

async function make(directory: string, path: string, diskMib: number): Promise<void> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const workshop = await mkdtemp(`${path}.`);
  try {
    const image = join(workshop, 'image');
    // What an overlay needs above the template.
    await mkdir(join(workshop, 'files/upper'), { recursive: true, mode: 0o755 });
    await mkdir(join(workshop, 'files/work'), { mode: 0o755 });
    const file = await open(image, 'wx', 0o600);
    await file.truncate(diskMib * 1024 * 1024);
    await file.close();
    await format([...formatOptions(diskMib), '-d', join(workshop, 'files'), image]);
    await rename(image, path);
  } finally {
    await rm(workshop, { recursive: true, force: true });
  }
}

async function format(args: readonly string[]): Promise<void> {
  try {
    await promisify(execFile)('mkfs.ext4', args);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
    throw new Error('mkfs.ext4 is missing: install it (apt-get install e2fsprogs).', { cause: error });
  }
}

/**
 * No journal: it would cost 64 MiB and every write twice, and a machine that crashes ends its sandboxes anyway. Blocks
 * as large as the loop device's; nothing reserved for root; inode tables are not written out in the background.
 */
const formatOptions = (diskMib: number): string[] => [
  '-qF',
  '-b4096',
  '-m0',
  diskMib <= 512 ? '-i4096' : '-i16384',
  '-O^has_journal,^resize_inode',
  '-Elazy_itable_init=1,nodiscard,root_owner=0:0',
];
