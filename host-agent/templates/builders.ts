import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';

/** What templates are built with: images by the first two, Debian packages by the last. */
const builders = ['skopeo', 'umoci', 'mmdebstrap'];

/** Programs that building templates takes and that are not on this search path. */
export const missingBuilders = (searchPath = process.env['PATH'] ?? ''): string[] =>
  builders.filter((program) => !searchPath.split(':').some((directory) => isProgram(join(directory, program))));

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
