import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, globSync, mkdirSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { repositoryRoot } from '../support/process.ts';

/**
 * A root that was built from these packages by an earlier run is kept beside the base template, as long as what builds it is
 * the same: it takes half a minute.
 */
export function keptRoot(packages: readonly string[]) {
  const hash = createHash('sha256').update(packages.join(' '));
  for (const file of globSync('host-agent/templates/*.ts', { cwd: repositoryRoot }).sort())
    if (!file.endsWith('.test.ts')) hash.update(readFileSync(join(repositoryRoot, file)));
  const directory = join(process.env['MUSTER_CACHE_DIR'] ?? '/var/cache/muster', 'test-roots');
  const path = join(directory, `${hash.digest('hex').slice(0, 32)}.tar`);
  return {
    path,
    isThere: () => existsSync(path),
    /** Keeps an archive that was just built. */
    keep(archive: string): void {
      mkdirSync(directory, { recursive: true, mode: 0o755 });
      const coming = `${path}.${process.pid}`;
      copyFileSync(archive, coming);
      renameSync(coming, path);
    },
  };
}
