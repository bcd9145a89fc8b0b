import { CommanderError } from 'commander';
import { exitCodes } from './failure/exit-codes.ts';
import { failureOf } from './failure/failure.ts';
import { createProgram } from './program.ts';
import type { Surroundings } from './surroundings.ts';

/** Runs one command line; answers the exit code. */
export async function runCli(args: readonly string[], surroundings: Surroundings): Promise<number> {
  let exitCode: number = exitCodes.ok;
  const program = createProgram(surroundings, (code) => (exitCode = code));
  try {
    await program.parseAsync(args, { from: 'user' });
    return exitCode;
  } catch (error) {
    // Help and version end this way, too; commander has already said what there is to say.
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
    if (surroundings.signal.aborted) return exitCodes.interrupted;
    const { sentence, code } = failureOf(error);
    surroundings.stderr.write(`${sentence}\n`);
    return code;
  }
}
