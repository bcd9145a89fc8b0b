import { execFile } from 'node:child_process';
import type { Program } from '../runtime/index.ts';

/** How muster-layer-check is made. */
export const checkProgram: Program = {
  name: 'muster-layer-check',
  sources: new URL('./check/', import.meta.url),
  flags: ['-std=gnu11', '-O2', '-Wall'],
};

const refused = 3;

/** A layer holds what no layer may hold, or is not what its digest says. */
export class BadLayer extends Error {
  override readonly name = 'BadLayer';
}

/** Looks through an unpacked layer. Throws BadLayer. */
export function checkLayer(program: string, root: string): Promise<void> {
  return new Promise((resolve, reject) => {
    execFile(program, [root], (error, _, stderr) => {
      if (!error) resolve();
      else if (error.code === refused)
        reject(new BadLayer(`This layer holds what no layer may hold: ${stderr.trim().slice(0, 300)}.`));
      else reject(new Error('A layer could not be looked through.', { cause: error }));
    });
  });
}
