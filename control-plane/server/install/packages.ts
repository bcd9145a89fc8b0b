import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** What of a package.json says which other packages it needs. */
interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly peerDependenciesMeta?: Readonly<Record<string, { readonly optional?: boolean }>>;
}

/** The folders of these packages and of all that they need, as Node finds them from a root. */
export async function packageFolders(root: string, names: readonly string[]): Promise<string[]> {
  const found = new Set<string>();
  const add = async (name: string, from: string): Promise<void> => {
    const folder = resolvePackage(name, from);
    if (found.has(folder)) return;
    found.add(folder);
    const manifest = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as Manifest; // npm has installed it
    for (const needed of neededBy(manifest)) await add(needed, folder);
  };
  for (const name of names) await add(name, root);
  return [...found];
}

function resolvePackage(name: string, from: string): string {
  for (let folder = from; ; folder = dirname(folder)) {
    const candidate = join(folder, 'node_modules', name);
    if (existsSync(join(candidate, 'package.json'))) return candidate;
    if (folder === dirname(folder)) throw new Error(`The package ${name} is not installed: run npm ci.`);
  }
}

const neededBy = ({ dependencies = {}, peerDependencies = {}, peerDependenciesMeta = {} }: Manifest) => [
  ...Object.keys(dependencies),
  ...Object.keys(peerDependencies).filter((name) => !peerDependenciesMeta[name]?.optional),
];
