import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { stopwatch, type BringUp } from '../bring-up.ts';
import type { Admin, Prepared } from '../control-plane/admin.ts';
import { StartProblem } from '../problem.ts';
import { keepRunning } from '../processes/keep-running.ts';
import { startProgram } from '../processes/node-process.ts';

const onlineWithinMs = 60_000;

/** Joins this machine as a host, if it has not joined yet, and runs its agent. */
export async function startAgent(bringUp: BringUp, admin: Admin, prepared: Prepared): Promise<void> {
  const { settings, dataDir, board, agent, signal, started } = bringUp;
  const part = board.begin('Host', prepared.joinToken ? 'joining' : 'starting its agent');
  const elapsed = stopwatch();
  const logFile = join(dataDir.logs, 'agent.log');
  const run = (...args: string[]) =>
    startProgram({
      root: settings.root,
      command: [join('host-agent', 'main.ts'), ...args, '--data-dir', dataDir.agent],
      // Whatever is stopped with Ctrl-C goes on where it was at the next start.
      environment: { MUSTER_AGENT_PAUSE_ON_EXIT: '1', ...settings.environment },
      logFile,
    });
  if (prepared.joinToken) {
    const { fingerprint, joinToken } = prepared;
    const joining = run(
      'join',
      '--no-run',
      '--rejoin',
      '--server',
      settings.localUrl,
      '--fingerprint',
      fingerprint,
      '--token',
      joinToken,
    );
    const stopJoining = () => void joining.stop();
    signal.addEventListener('abort', stopJoining);
    const how = await joining.ended;
    signal.removeEventListener('abort', stopJoining);
    signal.throwIfAborted();
    if (how !== 0) {
      part.fail('not joined');
      throw new StartProblem(joining.lastWords(3).join('\n') || `The agent ended (${how}) while joining.`);
    }
  }
  const program = run('run');
  agent.follow(logFile);
  const kept = keepRunning(program, () => run('run'), {
    onFall: (how, words, againInMs) =>
      board.print(
        `The host's agent ended (${how}); starting it again in ${againInMs / 1000} s. Its last words: ${words.join(' · ')}`,
      ),
    onReturn: () => board.print("The host's agent was started again; its sandboxes went on meanwhile."),
  });
  started.defer(async () => {
    await kept.stop();
    agent.close();
  });
  const status = await untilOnline(admin, prepared, signal);
  if (status === 'online') part.done(`${settings.hostName} is online, ${elapsed()}`);
  else part.warn(`${settings.hostName} is ${status}; its agent's log is ${logFile}`);
}

async function untilOnline(admin: Admin, { hostStatus }: Prepared, signal: AbortSignal): Promise<string> {
  const deadline = Date.now() + onlineWithinMs;
  for (let status = hostStatus; ; status = (await admin.prepareLocal()).hostStatus) {
    signal.throwIfAborted();
    if (status === 'online' || Date.now() > deadline) return status;
    await delay(100);
  }
}
