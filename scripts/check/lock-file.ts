import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root, type Finished } from '../command.ts';

interface LockedPackage {
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

/**
 * Every optional package must stand in the lock file, also those of other platforms. A registry that holds back some of
 * them makes npm drop them silently, and then `npm ci` refuses the lock file elsewhere.
 */
export function checkLockFile(): Promise<Finished> {
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
    readonly packages: Readonly<Record<string, LockedPackage>>; // npm's own format, version 3
  };
  const missing = Object.entries(packages).flatMap(([path, { optionalDependencies = {} }]) =>
    Object.keys(optionalDependencies)
      .filter((name) => !packages[`node_modules/${name}`] && !packages[`${path}/node_modules/${name}`])
      .map((name) => `${name}, which ${path || 'package.json'} asks for, is not in package-lock.json.`),
  );
  return Promise.resolve({ ok: missing.length === 0, output: missing.join('\n') });
}
