import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { exitCodeOfDeletion } from '../../host-agent/ending.ts';
import { stopwatch, type BringUp } from '../bring-up.ts';
import type { Admin, Prepared } from '../control-plane/admin.ts';
import { StartProblem } from '../problem.ts';
import { keepRunning } from '../processes/keep-running.ts';
import { startProgram, type RunningProgram } from '../processes/node-process.ts';

type StartAgentProgram = (...args: string[]) => RunningProgram;

/** After a while without its agent, a host counts as unreachable; its first heartbeat changes that. */
const onlineWithinMs = 30_000;

/** Joins this machine as a host, if it has not joined yet, and runs its agent. */
export async function startAgent(bringUp: BringUp, admin: Admin, prepared: Prepared): Promise<void> {
  const { settings, dataDir, board, agent, signal, started } = bringUp;
  const part = board.begin('Host', prepared.joinToken ? 'joining' : 'starting its agent');
  const elapsed = stopwatch();
  const logFile = join(dataDir.logs, 'agent.log');
  const start: StartAgentProgram = (...args) =>
    startProgram({
      root: settings.root,
      command: [join('host-agent', 'main.ts'), ...args, '--data-dir', dataDir.agent],
      // Whatever is stopped with Ctrl-C goes on where it was at the next start.
      environment: { MUSTER_AGENT_PAUSE_ON_EXIT: '1', ...settings.environment },
      logFile,
    });
  try {
    await joinInstallation(start, settings.localUrl, prepared, signal);
  } catch (error) {
    part.fail('not joined');
    throw error;
  }
  const program = start('run');
  agent.follow(logFile);
  const kept = keepRunning(program, () => start('run'), {
    isMeant: (how) => how === exitCodeOfDeletion && tellDeleted(bringUp),
    onFall: (how, words, againInMs) =>
      board.print(
        `The host's agent ended (${how}); starting it again in ${againInMs / 1000} s. Its last words: ${words.join(' · ')}`,
      ),
    onReturn: () => board.print("The host's agent was started again; its sandboxes go on."),
  });
  started.defer(async () => {
    agent.expectEnd();
    await kept.stop();
    agent.close();
  });
  const fallen = await Promise.race([program.ended, agent.connected(signal), delay(onlineWithinMs, 'silent')]);
  if (fallen !== undefined) return part.warn(`its agent is not connected; its log is ${logFile}`);
  const status = await untilOnline(admin, prepared, signal);
  if (status !== 'online') part.warn(`${settings.hostName} is ${status}; its agent's log is ${logFile}`);
  else if (agent.runtimeProblem) {
    part.warn(`${settings.hostName} is online, no sandbox runtime: ${agent.runtimeProblem}`);
  } else part.done(`${settings.hostName} is online, ${elapsed()}`);
}

/** Uses the join token, where there is one. */
async function joinInstallation(
  start: StartAgentProgram,
  server: string,
  { joinToken, fingerprint }: Prepared,
  signal: AbortSignal,
): Promise<void> {
  if (!joinToken) return;
  const where = ['--server', server, '--fingerprint', fingerprint, '--token', joinToken];
  const joining = start('join', '--no-run', '--rejoin', ...where);
  const stop = () => void joining.stop();
  signal.addEventListener('abort', stop);
  const how = await joining.ended;
  signal.removeEventListener('abort', stop);
  signal.throwIfAborted();
  if (how !== 0) throw new StartProblem(joining.whyEnded());
}

/** The one end after which the agent has nothing more to serve. */
function tellDeleted({ board, settings }: BringUp): true {
  board.print(`The host ${settings.hostName} was deleted and its sandboxes with it. The next npm start adds it again.`);
  return true;
}

async function untilOnline(admin: Admin, { joinToken, hostStatus }: Prepared, signal: AbortSignal): Promise<string> {
  if (joinToken) return 'online';
  const deadline = Date.now() + onlineWithinMs;
  for (let status = hostStatus; ; status = (await admin.prepareLocal()).hostStatus) {
    signal.throwIfAborted();
    if (status === 'online' || Date.now() > deadline) return status;
    await delay(100);
  }
}
