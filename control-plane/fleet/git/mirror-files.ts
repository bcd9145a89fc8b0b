import { readdir, rm, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';

/** How much the packs of a bare repository take, also those that are still being written. */
export async function packedBytes(directory: string): Promise<number> {
  const packs = join(directory, 'objects', 'pack');
  const sizes = (await readdir(packs)).map((name) => stat(join(packs, name)).then(({ size }) => size, () => 0));
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}

/** Removes the mirrors of repositories that are no more, and what a crash left of half-made ones. */
export async function sweepMirrors(root: string, keep: readonly string[]): Promise<void> {
  const names = await readdir(root).catch(() => []);
  const kept = new Set(keep.map((directory) => basename(directory)));
  const gone = names.filter((name) => !kept.has(name));
  await Promise.all(gone.map((name) => rm(join(root, name), { recursive: true, force: true })));
}
