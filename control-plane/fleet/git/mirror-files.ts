import { readdir, rm, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';

/** How much the packs of a bare repository take, also those that are still being written. */
export async function packedBytes(directory: string): Promise<number> {
  const packs = join(directory, 'objects', 'pack');
  const sizes = (await readdir(packs)).map((name) =>
    stat(join(packs, name)).then(
      ({ size }) => size,
      () => 0,
    ),
  );
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}

/** Half-made mirrors older than this are what a crash has left; younger ones may be another replica's work. */
const abandonedMs = 86_400_000;

/** Removes the mirrors of repositories that are no more, and half-made ones that nobody works on. */
export async function sweepMirrors(root: string, keep: readonly string[]): Promise<void> {
  const kept = new Set(keep.map((directory) => basename(directory)));
  const names = await readdir(root).catch(() => []);
  const gone = await Promise.all(
    names.map(async (name) => {
      if (kept.has(name)) return [];
      const ageMs =
        Date.now() -
        (await stat(join(root, name)).then(
          ({ mtimeMs }) => mtimeMs,
          () => Date.now(),
        ));
      return name.includes('.') && ageMs < abandonedMs ? [] : [join(root, name)];
    }),
  );
  await Promise.all(gone.flat().map((directory) => rm(directory, { recursive: true, force: true })));
}
