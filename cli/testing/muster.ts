import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCli } from '../run.ts';
import type { Input, Output } from '../surroundings.ts';

/** A finished command line. */
export interface Finished {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A command line that is still running, with what it wrote so far. */
export interface Running {
  readonly stdout: () => string;
  readonly stderr: () => string;
  readonly finished: Promise<Finished>;
  interrupt(): void;
}

/** Runs command lines of one person with a home of their own. */
export interface MusterTerminal {
  readonly home: string;
  run(...args: string[]): Promise<Finished>;
  /** With something on standard input. */
  pipe(input: string, ...args: string[]): Promise<Finished>;
  start(...args: string[]): Running;
  remove(): void;
}

/** Opens one. `server` is where its commands go; `isTTY`: a person reads along. */
export function openTerminal(
  server: string,
  environment: Readonly<Record<string, string>> = {},
  { isTTY = false } = {},
): MusterTerminal {
  const home = mkdtempSync(join(tmpdir(), 'muster-cli-'));
  const startWith = (input: string | undefined, args: readonly string[]): Running => {
    const [out, err] = [capture(isTTY), capture(isTTY)];
    const interruption = new AbortController();
    const code = runCli(args, {
      environment: { HOME: home, MUSTER_SERVER: server, ...environment },
      stdin: inputOf(input),
      stdout: out,
      stderr: err,
      signal: interruption.signal,
    });
    return {
      stdout: () => out.text(),
      stderr: () => err.text(),
      finished: code.then((exitCode) => ({ code: exitCode, stdout: out.text(), stderr: err.text() })),
      interrupt: () => interruption.abort(),
    };
  };
  return {
    home,
    start: (...args) => startWith(undefined, args),
    run: (...args) => startWith(undefined, args).finished,
    pipe: (input, ...args) => startWith(input, args).finished,
    remove: () => rmSync(home, { recursive: true }),
  };
}

function inputOf(text: string | undefined): Input {
  return {
    isPiped: text !== undefined,
    async *[Symbol.asyncIterator]() {
      yield Buffer.from(text ?? '');
    },
  };
}

function capture(isTTY: boolean): Output & { text(): string } {
  let text = '';
  return {
    isTTY,
    text: () => text,
    write(chunk, done) {
      text += typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString();
      done?.();
      return true;
    },
  };
}
