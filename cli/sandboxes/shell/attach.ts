import { CliError } from '../../failure/cli-error.ts';
import { exitCodes } from '../../failure/exit-codes.ts';
import { failureOf } from '../../failure/failure.ts';
import type { Session, SessionOptions } from '../../session/session.ts';
import { follow, sayEnd } from './follow.ts';
import { lendTerminal } from './terminal.ts';

/** Options of `muster sandboxes attach`. */
export interface AttachOptions extends SessionOptions {
  readonly offset?: number;
}

/** Goes on with a process that runs: on our terminal where it has one, else its output alone. Answers its exit code. */
export async function attachTo(
  session: Session,
  sandboxId: string,
  processId: string,
  { offset }: AttachOptions,
): Promise<number> {
  try {
    const { processes } = await session.processes.listProcesses({ sandboxId, includeEnded: true });
    const process = processes.find(({ id }) => id === processId);
    if (!process) throw new CliError('There is no such process in this sandbox.', exitCodes.runFailed);
    if (process.terminal && session.terminal && process.inputOpen)
      return sayEnd(session, await lendTerminal(session, session.terminal, sandboxId, process));
    const from = offset === undefined ? undefined : BigInt(offset);
    const exit = await follow(session, { sandboxId, processId, offset: from }, session.signal, {
      onLost: () => void session.stderr.write('The connection was lost; trying again …\n'),
      onBack: () => void session.stderr.write('The connection is back.\n'),
    });
    return sayEnd(session, exit);
  } catch (error) {
    if (session.signal.aborted || error instanceof CliError) throw error;
    throw new CliError(failureOf(error).sentence, exitCodes.runFailed, { cause: error });
  }
}
