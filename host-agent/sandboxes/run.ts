import { constants } from 'node:os';
import { setTimeout as after } from 'node:timers/promises';
import { channel, type Closed, type ProcessStream } from '../init/index.ts';
import { exitOf, newProcessId, type RunningCommand } from '../processes/index.ts';
import { defaultPath } from '../runtime/index.ts';
import { environmentOf } from './record.ts';
import type { Sandbox } from './sandbox.ts';
import { type RunEvent, type RunSpec, SandboxError } from './types.ts';

/** How long a killed command may take to be gone before its caller is let go. */
const killedWithinMs = 2000;
const notExecutable = 126;
/** 128 + SIGKILL. */
const killedCode = 137;

/** Runs a command in a sandbox. Whoever leaves the iteration, or aborts, kills it with all that belongs to it. */
export async function* runIn(sandbox: Sandbox, spec: RunSpec, signal?: AbortSignal): AsyncGenerator<RunEvent> {
  signal?.throwIfAborted();
  const link = await sandbox.link();
  sandbox.touch();
  const env = { PATH: defaultPath, ...environmentOf(sandbox.record), ...spec.env };
  const { argv, cwd = '', user = '', stdin, keepStdinOpen = false, timeoutMs } = spec;
  const withStdin = keepStdinOpen || (stdin !== undefined && stdin.length > 0);
  const started = link.start({ argv, env, cwd, user, withStdin, endsWithLink: false, timeoutMs }, stdin, keepStdinOpen);
  if ('impossible' in started) {
    yield* refuse(started.impossible);
    return;
  }
  const id = newProcessId(sandbox.record.sandboxId, '');
  const command = { id, argv: argv.slice(0, 20), user, cwd, startedAt: new Date(), stream: started };
  try {
    yield* follow(sandbox, command, signal);
  } finally {
    sandbox.commands.remove(id);
  }
}

async function* follow(
  sandbox: Sandbox,
  command: Omit<RunningCommand, 'pid'>,
  signal?: AbortSignal,
): AsyncGenerator<RunEvent> {
  const { id, stream } = command;
  const aborted = Promise.withResolvers<never>();
  aborted.promise.catch(() => undefined);
  const onAbort = () => aborted.reject(signal?.reason);
  signal?.addEventListener('abort', onAbort, { once: true });
  let isOver = false;
  const killsBefore = sandbox.oomKills();
  // Also where it is a child of the command that was killed, and the command ends as that did.
  const whyKilled = ({ code, timedOut }: Closed) =>
    code === killedCode && !timedOut && sandbox.oomKills() > killsBefore
      ? `The sandbox has used up its memory (${sandbox.record.limits.memoryMib} MiB), so the kernel ended it.`
      : undefined;
  try {
    for (;;) {
      const event = await Promise.race([nextOf(stream), aborted.promise]);
      if (event === undefined) return;
      if (event.type === 'closed') isOver = true;
      if (event.type === 'opened') {
        sandbox.commands.add({ ...command, pid: event.pid });
        yield { type: 'started', pid: event.pid, processId: id };
      } else if (event.type === 'data')
        yield { type: event.channel === channel.out ? 'stdout' : 'stderr', data: event.bytes };
      else if (event.result.notStarted) yield* refuse(notStartedSentence(event.result.code));
      else yield { type: 'exit', ...exitOf(event.result), reason: whyKilled(event.result) };
    }
  } finally {
    signal?.removeEventListener('abort', onAbort);
    sandbox.touch();
    if (!isOver) await kill(stream);
  }
}

async function nextOf(stream: ProcessStream) {
  try {
    return await stream.next();
  } catch (error) {
    throw new SandboxError('runtime_failed', 'The sandbox ended, or the agent let go of it, while the command ran.', {
      cause: error,
    });
  }
}

/** Until it is gone, but not for ever: a frozen sandbox kills it when it is thawed. */
async function kill(stream: ProcessStream): Promise<void> {
  stream.reset();
  const done = new AbortController();
  await Promise.race([drain(stream), after(killedWithinMs, undefined, { signal: done.signal }).catch(() => undefined)]);
  done.abort();
}

async function drain(stream: ProcessStream): Promise<void> {
  try {
    while ((await stream.next()) !== undefined) continue;
  } catch {
    // the sandbox itself has ended, and the command with it
  }
}

/** A command that cannot be started ends as a shell would end it. */
function* refuse(sentence: string): Generator<RunEvent> {
  yield { type: 'started', pid: 0, processId: '' };
  yield { type: 'stderr', data: Buffer.from(`muster: ${sentence}\n`) };
  yield { type: 'exit', code: notExecutable, signal: '', timedOut: false, durationMs: 0 };
}

function notStartedSentence(errno: number): string {
  if (errno === constants.errno.EAGAIN) return 'the sandbox has reached its limit of processes';
  if (errno === constants.errno.EMFILE) return 'too many commands run in this sandbox at once';
  if (errno === constants.errno.ENOMEM) return 'the sandbox has no memory left for another process';
  return `the process cannot be started (errno ${errno})`;
}
