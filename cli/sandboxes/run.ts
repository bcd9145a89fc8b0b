import { durationMs } from '@bufbuild/protobuf/wkt';
import { RunResponseSchema, type RunExit, type RunResponse } from '#proto/muster/v1/process_pb.js';
import { CliError } from '../failure/cli-error.ts';
import { exitCodes } from '../failure/exit-codes.ts';
import { failureOf } from '../failure/failure.ts';
import { jsonLine } from '../output/json.ts';
import { sayDuration } from '../output/time.ts';
import { withoutDeadline, type Session, type SessionOptions } from '../session/session.ts';
import { write } from '../surroundings.ts';

/** Options of `muster sandboxes run`. */
export interface RunOptions extends SessionOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly user?: string;
  readonly timeout?: { readonly seconds: bigint };
  readonly stdin: boolean;
}

/** The contract's limit for standard input. */
const maxInputBytes = 1024 * 1024;

/** Runs a command, passes on what it writes as it is, and answers its exit code. Ctrl-C ends it. */
export async function runCommand(
  session: Session,
  sandboxId: string,
  argv: readonly string[],
  options: RunOptions,
): Promise<number> {
  try {
    const request = {
      sandboxId,
      argv: [...argv],
      env: options.env ?? {},
      cwd: options.cwd ?? '',
      user: options.user ?? '',
      timeout: options.timeout,
      stdin: options.stdin && session.stdin.isPiped ? await readInput(session) : new Uint8Array(),
    };
    for await (const response of session.processes.run(request, withoutDeadline)) {
      const exit = await pass(session, response);
      if (exit) return ended(session, exit);
    }
    throw new CliError('The connection ended before the command did. It was ended with it.', exitCodes.runFailed);
  } catch (error) {
    if (session.signal.aborted) throw error;
    throw new CliError(failureOf(error).sentence, exitCodes.runFailed, { cause: error });
  }
}

async function pass(session: Session, response: RunResponse): Promise<RunExit | undefined> {
  const { event } = response;
  if (session.json) await write(session.stdout, jsonLine(RunResponseSchema, response));
  else if (event.case === 'stdout') await write(session.stdout, event.value);
  else if (event.case === 'stderr') await write(session.stderr, event.value);
  return event.case === 'exit' ? event.value : undefined;
}

function ended(session: Session, { code, timedOut, signal, duration }: RunExit): number {
  if (!session.json && timedOut) {
    const after = duration ? ` after ${sayDuration(durationMs(duration) / 1000)}` : '';
    session.stderr.write(`The command was ended by its timeout${after}.\n`);
  } else if (!session.json && signal && session.stderr.isTTY) {
    session.stderr.write(`The command was ended by ${signal}.\n`);
  }
  return code;
}

async function readInput(session: Session): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of session.stdin) {
    size += chunk.byteLength;
    if (size > maxInputBytes) throw new CliError('Standard input is larger than 1 MiB.', exitCodes.runFailed);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
