import { open } from 'node:fs/promises';
import { CliError } from '../failure/cli-error.ts';
import { exitCodes } from '../failure/exit-codes.ts';
import type { Session } from '../session/session.ts';
import { write } from '../surroundings.ts';

/** Where an export goes. */
interface Sink {
  write(data: Uint8Array): Promise<unknown>;
  close(): Promise<void>;
}

/** A new file, or standard output. Throws a CliError where the file is there already or cannot be written. */
export async function openSink(session: Session, path: string | undefined, append: boolean): Promise<Sink> {
  if (path === undefined) return { write: (data) => write(session.stdout, data), close: async () => {} };
  try {
    const file = await open(path, append ? 'a' : 'wx', 0o600);
    return { write: (data) => file.appendFile(data), close: () => file.close() };
  } catch (error) {
    const exists = error instanceof Error && 'code' in error && error.code === 'EEXIST';
    throw new CliError(
      exists ? `${path} is there already: name another file.` : `${path} cannot be written.`,
      exitCodes.failure,
      { cause: error },
    );
  }
}
