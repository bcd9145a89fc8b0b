import { realpathSync } from 'node:fs';
import module from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { compileCache, runOnBroughtNode } from '../scripts/brought-node.mjs';
import { ensureDependencies, root } from '../scripts/dependencies.mjs';

/** Runs a program of this repository on Node 24: here, if this is one, else on the one that the dependencies bring. */
export async function launch(program) {
  ensureDependencies();
  const path = join(realpathSync(root), program);
  if (Number(process.versions.node.split('.')[0]) < 24) return runOnBroughtNode([path, ...process.argv.slice(2)]);
  module.enableCompileCache(compileCache);
  process.argv[1] = path;
  await import(pathToFileURL(path).href);
}
