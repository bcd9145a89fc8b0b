import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { stopwatch, type BringUp } from '../bring-up.ts';
import { StartProblem } from '../problem.ts';
import { keepRunning } from '../processes/keep-running.ts';
import { startProgram, type RunningProgram } from '../processes/node-process.ts';
import { ask } from './http.ts';
import { requireFreeAddress } from './free-address.ts';

const readyWithinMs = 120_000;

/** Starts the control plane on a database and waits until it serves. */
export async function startControlPlane(
  { settings, dataDir, board, signal, started }: BringUp,
  databaseUrl: string,
): Promise<void> {
  await requireFreeAddress(settings.listen);
  signal.throwIfAborted();
  const part = board.begin('Control plane', 'starting');
  const elapsed = stopwatch();
  const start = () =>
    startProgram({
      root: settings.root,
      command: [join('control-plane', 'main.ts')],
      environment: { ...settings.environment, DATABASE_URL: databaseUrl },
      logFile: join(dataDir.logs, 'control-plane.log'),
    });
  const program = start();
  try {
    await untilReady(program, settings.localUrl, signal);
  } catch (error) {
    part.fail('not running');
    await program.stop();
    throw error;
  }
  const kept = keepRunning(program, start, {
    onFall: (how, words, againInMs) =>
      board.print(
        `The control plane ended (${how}); starting it again in ${againInMs / 1000} s. Its last words: ${words.join(' · ')}`,
      ),
    onReturn: () => board.print('The control plane was started again.'),
  });
  started.defer(async () => void (await kept.stop()));
  part.done(`${settings.localUrl}, ${elapsed()}`);
}

async function untilReady(program: RunningProgram, url: string, signal: AbortSignal): Promise<void> {
  const deadline = Date.now() + readyWithinMs;
  let ended: number | string | undefined;
  void program.ended.then((how) => (ended = how));
  while ((await ask(`${url}/readyz`))?.status !== 200) {
    signal.throwIfAborted();
    if (ended !== undefined) throw new StartProblem(program.whyEnded());
    if (Date.now() > deadline) {
      throw new StartProblem(
        `The control plane was not ready after ${readyWithinMs / 1000} seconds. Its last words: ${program.whyEnded()}`,
      );
    }
    await delay(30);
  }
  // Somebody else's server may answer on the port, while ours has just ended because of it.
  if (ended !== undefined) throw new StartProblem(program.whyEnded());
}
