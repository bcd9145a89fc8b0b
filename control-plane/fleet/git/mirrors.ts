import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { sweepMirrors } from './mirror-files.ts';
import { openMirror, type Mirror } from './mirror.ts';

/** The mirrors of this replica, each of one address of one repository. */
export interface Mirrors {
  of(repository: { readonly id: string; readonly url: string }): Mirror;
  /** Removes the mirrors of all other repositories, in memory and on disk. */
  keepOnly(repositories: readonly { readonly id: string; readonly url: string }[]): Promise<void>;
}

export function openMirrors(root: string): Mirrors {
  const mirrors = new Map<string, Mirror>();
  let swept = false;
  // A repository that has moved is another one, as far as its copy goes.
  const directoryOf = ({ id, url }: { id: string; url: string }) =>
    join(root, `${id}-${createHash('sha256').update(url).digest('hex').slice(0, 12)}`);
  return {
    of(repository) {
      const directory = directoryOf(repository);
      const mirror = mirrors.get(directory) ?? openMirror(directory);
      mirrors.set(directory, mirror);
      return mirror;
    },
    async keepOnly(repositories) {
      const kept = repositories.map(directoryOf);
      for (const [directory, mirror] of mirrors) {
        if (kept.includes(directory)) continue;
        mirrors.delete(directory);
        // A fetch that takes long holds up nobody else; what cannot be removed is swept at the next start.
        mirror.remove().catch(() => undefined);
      }
      // What an earlier process left; later on a fetch may be at work in a directory of another name.
      if (!swept) await sweepMirrors(root, kept);
      swept = true;
    },
  };
}
