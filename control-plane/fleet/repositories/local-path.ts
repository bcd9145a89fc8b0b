import { lstat, readFile, realpath, stat } from 'node:fs/promises';
import { dirname, join, resolve, sep } from 'node:path';

/** Why a path may not be read, in one sentence. */
export class PathRefused extends Error {
  override readonly name = 'PathRefused';
}

/** Longer than any path that git writes. */
const longestPointer = 4096;
/** Git itself follows no more. */
const deepestAlternates = 5;

/**
 * Answers the true path of a git repository below one of the roots. Throws PathRefused where it, or what git would read
 * through it (a linked working tree's repository, its objects), lies elsewhere: symbolic links cannot lead out.
 */
export async function localRepository(path: string, roots: readonly string[]): Promise<string> {
  if (roots.length === 0) {
    throw new PathRefused(
      'Repositories on the server itself are not allowed here: set MUSTER_REPOSITORY_ROOTS to the folders that may hold them.',
    );
  }
  const trueRoots = (await Promise.all(roots.map((root) => realpath(root).catch(() => [])))).flat();
  const inside = async (part: string): Promise<string> => {
    const found = await realpath(part).catch(() => undefined);
    if (
      found !== undefined &&
      trueRoots.some((root) => found === root || found.startsWith(root.endsWith(sep) ? root : root + sep))
    )
      return found;
    // One sentence for what is not there and what lies elsewhere, so that nobody can ask what else the machine has.
    throw new PathRefused(
      `There is no git repository at ${path} below the folders that MUSTER_REPOSITORY_ROOTS allows.`,
    );
  };
  const place = await inside(path);
  const folder = await inside(await gitFolder(place));
  const shared = await inside(resolve(folder, (await pointer(join(folder, 'commondir'))) ?? '.'));
  await Promise.all(['objects', 'refs', 'config'].map((part) => inside(join(shared, part))));
  await inside(join(folder, 'HEAD'));
  await Promise.all(
    ['packed-refs', 'refs/heads'].map((part) =>
      exists(join(shared, part)).then((there) => (there ? inside(join(shared, part)) : '')),
    ),
  );
  await borrowedObjects(join(shared, 'objects'), inside, 0);
  return place;
}

/** Objects may lie in a pack folder and in other repositories' object folders, and theirs in others again. */
async function borrowedObjects(
  objects: string,
  inside: (part: string) => Promise<string>,
  depth: number,
): Promise<void> {
  if (await exists(join(objects, 'pack'))) await inside(join(objects, 'pack'));
  if (depth === deepestAlternates) return;
  for (const alternate of await alternates(objects)) await borrowedObjects(await inside(alternate), inside, depth + 1);
}

const exists = (path: string): Promise<boolean> =>
  lstat(path).then(
    () => true,
    () => false,
  );

async function gitFolder(place: string): Promise<string> {
  const inner = join(place, '.git');
  const found = await lstat(inner).catch(() => undefined);
  if (!found) return place;
  if (!found.isFile()) return inner;
  const target = (await pointer(inner))?.replace(/^gitdir: */, '');
  return target === undefined ? inner : resolve(dirname(inner), target);
}

/** The one line of a file with which git points elsewhere. Undefined where there is no such file. */
async function pointer(file: string): Promise<string | undefined> {
  const found = await stat(file).catch(() => undefined);
  if (!found?.isFile() || found.size > longestPointer) return undefined;
  return (await readFile(file, 'utf8')).trim();
}

async function alternates(objects: string): Promise<string[]> {
  const text = await readFile(join(objects, 'info', 'alternates'), 'utf8').catch(() => '');
  return text
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => resolve(objects, line));
}
