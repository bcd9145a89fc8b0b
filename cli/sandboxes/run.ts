import { randomUUID } from 'node:crypto';
import type { MessageInitShape } from '@bufbuild/protobuf';
import {
  RunResponseSchema,
  type StartProcessRequestSchema,
  StartProcessResponseSchema,
  type RunExit,
  type RunResponse,
} from '#proto/muster/v1/process_pb.js';
import { CliError } from '../failure/cli-error.ts';
import { exitCodes } from '../failure/exit-codes.ts';
import { failureOf } from '../failure/failure.ts';
import { jsonLine, printJson } from '../output/json.ts';
import { withoutDeadline, type Session, type SessionOptions } from '../session/session.ts';
import { write } from '../surroundings.ts';
import { type PipedInput, readPipedInput } from './input.ts';
import { sayEnd } from './shell/follow.ts';
import { Keyboard } from './shell/keyboard.ts';

/** Options of `muster sandboxes run`. */
export interface RunOptions extends SessionOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly user?: string;
  readonly timeout?: { readonly seconds: bigint };
  readonly stdin: boolean;
  readonly detach?: boolean;
  readonly name?: string;
}

/** Runs a command, passes on what it writes as it is, and answers its exit code. Ctrl-C ends it. Detached, it only starts it. */
export async function runCommand(
  session: Session,
  sandboxId: string,
  argv: readonly string[],
  options: RunOptions,
): Promise<number> {
  const { env = {}, cwd = '', user = '', timeout } = options;
  const command = { sandboxId, argv: [...argv], env, cwd, user, timeout };
  const over = new AbortController();
  try {
    if (options.detach) return await startDetached(session, { ...command, name: options.name ?? '' });
    const input = options.stdin && session.stdin.isPiped ? await readPipedInput(session) : noInput;
    let exit: RunExit | undefined;
    const request = { ...command, stdin: input.first, keepStdinOpen: input.rest !== undefined };
    for await (const response of session.processes.run(request, { ...withoutDeadline, signal: over.signal })) {
      if (response.event.case === 'started' && input.rest) {
        const target = { sandboxId, processId: response.event.value.processId };
        void feed(new Keyboard(session, target, AbortSignal.any([session.signal, over.signal])), input.rest);
      }
      // To its very end: an answer that is not read to the end would keep our own process from ending.
      exit = (await pass(session, response)) ?? exit;
    }
    if (exit) return session.json ? exit.code : sayEnd(session, exit);
    throw new CliError('The connection ended before the command did. It was ended with it.', exitCodes.runFailed);
  } catch (error) {
    if (session.signal.aborted) throw error;
    throw new CliError(failureOf(error).sentence, exitCodes.runFailed, { cause: error });
  } finally {
    over.abort();
  }
}

const noInput: PipedInput = { first: new Uint8Array(), rest: undefined };

/** Whatever happens to the input, the command's own end decides. */
async function feed(keyboard: Keyboard, rest: AsyncGenerator<Uint8Array>): Promise<void> {
  try {
    for await (const chunk of rest) await keyboard.write(chunk);
    await keyboard.end();
  } catch {
    // the stream of the command tells what became of it
  }
}

async function startDetached(
  session: Session,
  command: MessageInitShape<typeof StartProcessRequestSchema>,
): Promise<number> {
  const answer = await session.processes.startProcess({ ...command, requestId: randomUUID() });
  if (session.json) printJson(session.stdout, StartProcessResponseSchema, answer);
  else session.stdout.write(`${answer.process?.id ?? ''}\n`);
  return exitCodes.ok;
}

async function pass(session: Session, response: RunResponse): Promise<RunExit | undefined> {
  const { event } = response;
  if (session.json) await write(session.stdout, jsonLine(RunResponseSchema, response));
  else if (event.case === 'stdout') await write(session.stdout, event.value);
  else if (event.case === 'stderr') await write(session.stderr, event.value);
  return event.case === 'exit' ? event.value : undefined;
}
