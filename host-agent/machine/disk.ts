import { lstat, readdir, statfs } from 'node:fs/promises';
import { join } from 'node:path';

/** Volumes lie two levels below the sandboxes' directory; what is deeper belongs to guests. */
const deepest = 3;

/** Bytes that sandboxes may have in all: what is free, and what those that are here hold already. */
export async function diskForSandboxes(dataDir: string): Promise<number> {
  const [disk, held] = await Promise.all([statfs(dataDir), bytesBelow(join(dataDir, 'sandboxes'), deepest)]);
  return disk.bavail * disk.bsize + held;
}

/** Bytes that files take on their own file system; what is mounted below does not count. */
export async function bytesBelow(directory: string, depth: number): Promise<number> {
  const here = await lstat(directory).catch(() => undefined);
  if (!here || depth === 0) return 0;
  const names = await readdir(directory).catch(() => []);
  const sizes = await Promise.all(
    names.map(async (name) => {
      const path = join(directory, name);
      const stat = await lstat(path).catch(() => undefined);
      if (!stat || stat.dev !== here.dev) return 0;
      return stat.isDirectory() ? bytesBelow(path, depth - 1) : stat.blocks * 512;
    }),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}
