// node scripts/bootstrap.mjs PROGRAM ARGUMENTS…: installs the dependencies if needed, then runs PROGRAM, a file of
// this repository, on the Node that they bring. Runs on Node 20 itself.
import { join } from 'node:path';
import { ensureDependencies, root } from './dependencies.mjs';
import { runOnBroughtNode } from './brought-node.mjs';

const [program, ...args] = process.argv.slice(2);
if (!program) {
  console.error('Usage: node scripts/bootstrap.mjs PROGRAM [ARGUMENTS…]');
  process.exit(2);
}
ensureDependencies();
runOnBroughtNode([join(root, program), ...args]);
