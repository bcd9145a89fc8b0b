import { constants } from 'node:os';
import { ConnectionFailed, type PortConnection } from '../init/index.ts';
import type { Sandbox } from './sandbox.ts';
import { SandboxError } from './types.ts';

/** A port whose program does not take connections is not waited for longer. */
const answerMs = 10_000;

/** Connects to a TCP port on the sandbox's loopback. Throws `wrong_state`, `nothing_listens`, `limit`, `runtime_failed`. */
export async function connectIn(sandbox: Sandbox, port: number): Promise<PortConnection> {
  const connection = (await sandbox.link('connect')).connect(port);
  const timer = setTimeout(() => connection.reset(), answerMs);
  try {
    await connection.opened;
    sandbox.touch();
    return connection;
  } catch (error) {
    throw refusal(port, error);
  } finally {
    clearTimeout(timer);
  }
}

function refusal(port: number, error: unknown): SandboxError {
  if (!(error instanceof ConnectionFailed))
    return new SandboxError('runtime_failed', 'The sandbox ended, or the agent let go of it.', { cause: error });
  const { EMFILE, ENOMEM } = constants.errno;
  if (error.errno === EMFILE || error.errno === ENOMEM) {
    const limit = 'Too many connections to ports of this sandbox are open: close some, or use them again.';
    return new SandboxError('limit', limit, { cause: error });
  }
  const nothing = `Nothing listens on port ${port} in this sandbox: start the program there, on 127.0.0.1, ::1 or all addresses.`;
  return new SandboxError('nothing_listens', nothing, { cause: error });
}
