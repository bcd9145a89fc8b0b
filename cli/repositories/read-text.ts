import { readFile } from 'node:fs/promises';
import { CliError } from '../failure/cli-error.ts';
import { exitCodes } from '../failure/exit-codes.ts';

/** The text of a file that is named on the command line. */
export async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new CliError(
      `${file} cannot be read: ${error instanceof Error ? error.message : String(error)}.`,
      exitCodes.usage,
      { cause: error },
    );
  }
}
