import type { Process, RunExit } from '#proto/muster/v1/process_pb.js';
import { CliError } from '../../failure/cli-error.ts';
import { exitCodes } from '../../failure/exit-codes.ts';
import type { Session } from '../../session/session.ts';
import type { Terminal } from '../../surroundings.ts';
import { follow } from './follow.ts';
import { Keyboard } from './keyboard.ts';

const ctrlC = 3;

/**
 * Lends our terminal to a process until it ends: keys, output, size. While the connection is broken, what is typed waits,
 * and Ctrl-C gives up.
 */
export async function lendTerminal(
  session: Session,
  terminal: Terminal,
  sandboxId: string,
  process: Process,
): Promise<RunExit> {
  const over = new AbortController();
  const signal = AbortSignal.any([session.signal, over.signal]);
  const target = { sandboxId, processId: process.id };
  const keyboard = new Keyboard(session, target, signal);
  let isBroken = false;
  const resize = () =>
    void session.processes.resizeTerminal({ ...target, terminal: terminal.size() }, { signal }).catch(() => undefined);
  const leaveRaw = terminal.enterRaw();
  const ignoreResize = terminal.onResize(resize);
  void (async () => {
    for await (const keys of terminal.keys()) {
      if (signal.aborted) return;
      if (isBroken && keys.includes(ctrlC)) over.abort();
      else keyboard.type(keys);
    }
  })().catch(() => undefined); // its end is the end of what can be typed
  try {
    resize();
    return await follow(session, { ...target, offset: undefined }, signal, {
      onLost() {
        isBroken = true;
        session.stderr.write('\r\n[The connection was lost; going on as soon as it is back. Ctrl-C gives up.]\r\n');
      },
      onBack() {
        isBroken = false;
        session.stderr.write('[The connection is back.]\r\n');
        resize();
      },
    });
  } catch (error) {
    if (!over.signal.aborted || session.signal.aborted) throw error;
    const again = `muster sandboxes attach ${sandboxId} ${process.id}`;
    throw new CliError(`You left it; it goes on. Come back with ${again}.`, exitCodes.unavailable, { cause: error });
  } finally {
    over.abort();
    ignoreResize();
    leaveRaw();
  }
}
