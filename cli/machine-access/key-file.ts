import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { CliError } from '../failure/cli-error.ts';
import { exitCodes } from '../failure/exit-codes.ts';
import type { Input } from '../surroundings.ts';

/** What stands in a `.pub` file, or comes in where it is `-`. */
export async function readKey(file: string, stdin: Input): Promise<string> {
  if (file === '-') return text(stdin);
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new CliError(`${file} cannot be read: name the .pub file of the key.`, exitCodes.usage, { cause: error });
  }
}
