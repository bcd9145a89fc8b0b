import { randomUUID } from 'node:crypto';
import { CliError } from '../../failure/cli-error.ts';
import { exitCodes } from '../../failure/exit-codes.ts';
import { failureOf } from '../../failure/failure.ts';
import type { Session, SessionOptions } from '../../session/session.ts';
import { sayEnd } from './follow.ts';
import { lendTerminal } from './terminal.ts';

/** Options of `muster sandboxes shell`. */
export interface ShellOptions extends SessionOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly user?: string;
}

/** Opens a shell, or another program, on a terminal in the sandbox; answers its exit code. */
export async function openShell(
  session: Session,
  sandboxId: string,
  argv: readonly string[],
  { env = {}, cwd = '', user = '' }: ShellOptions,
): Promise<number> {
  const { terminal } = session;
  if (!terminal)
    throw new CliError('A shell needs a terminal. For scripts there is muster sandboxes run.', exitCodes.runFailed);
  try {
    const { process } = await session.processes.startProcess({
      sandboxId,
      argv: [...argv],
      env: { ...terminalVariables(session), ...env },
      cwd,
      user,
      terminal: terminal.size(),
      requestId: randomUUID(),
    });
    return sayEnd(session, await lendTerminal(session, terminal, sandboxId, process!)); // an answer has one
  } catch (error) {
    if (session.signal.aborted || error instanceof CliError) throw error;
    throw new CliError(failureOf(error).sentence, exitCodes.runFailed, { cause: error });
  }
}

/** What programs want to know of the terminal they draw on. */
function terminalVariables({ environment }: Session): Record<string, string> {
  const { TERM, COLORTERM } = environment;
  return { ...(TERM && { TERM }), ...(COLORTERM && { COLORTERM }) };
}
