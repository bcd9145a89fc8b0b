import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCli } from '../run.ts';
import type { Output } from '../surroundings.ts';

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
  start(...args: string[]): Running;
  remove(): void;
}

/** Opens one. `server` is where its commands go. */
export function openTerminal(server: string, environment: Readonly<Record<string, string>> = {}): MusterTerminal {
  const home = mkdtempSync(join(tmpdir(), 'muster-cli-'));
  const start = (...args: string[]): Running => {
    const [out, err] = [capture(), capture()];
    const interruption = new AbortController();
    const code = runCli(args, {
      environment: { HOME: home, MUSTER_SERVER: server, ...environment },
      stdin: nothing,
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
    start,
    run: (...args) => start(...args).finished,
    remove: () => rmSync(home, { recursive: true }),
  };
}

const nothing = { isTTY: true, async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {} };

function capture(): Output & { text(): string } {
  let text = '';
  return {
    text: () => text,
    write(chunk, done) {
      text += typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString();
      done?.();
      return true;
    },
  };
}
