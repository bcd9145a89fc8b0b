import { readFile } from 'node:fs/promises';
import { aptSources } from './apt-sources.ts';
import type { Recipe } from './recipe.ts';
import { rootHooks } from './root-hooks.ts';

/** What people expect to find in a sandbox, and no more: about 200 MB, made in half a minute. */
const packages = ['ca-certificates', 'curl', 'git', 'less', 'procps', 'python3-minimal', 'xz-utils'];
/** Documentation and translations would double it. */
const leftOut = ['/usr/share/man/*', '/usr/share/locale/*', '/usr/share/doc/*'];

/** The machine's own distribution, from the machine's own repositories. */
export async function baseRecipe(): Promise<Recipe> {
  const release = await readFile('/etc/os-release', 'utf8');
  const codename = /^VERSION_CODENAME="?([a-z]+)"?$/m.exec(release)?.[1] ?? 'stable';
  return {
    name: 'base',
    command: [
      'mmdebstrap',
      '--mode=root',
      '--variant=minbase',
      '--format=directory',
      `--include=${packages.join(',')}`,
      ...leftOut.map((path) => `--dpkgopt=path-exclude=${path}`),
      '--dpkgopt=path-include=/usr/share/doc/*/copyright',
      '--customize-hook=chroot "$1" useradd --create-home --uid 1000 --shell /bin/bash user',
      ...rootHooks,
      codename,
    ],
    // Without repositories of its own kind on the machine, mmdebstrap takes the distribution's default mirror.
    sources: () => aptSources(codename),
  };
}
