import { setTimeout as delay } from 'node:timers/promises';

/** What a simulated command is told. */
export interface CommandInput {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly stdin: Uint8Array;
  readonly signal: AbortSignal;
}

export type CommandOutput = { readonly stdout: string } | { readonly stderr: string } | { readonly exit: number };

type Command = (input: CommandInput) => AsyncGenerator<CommandOutput, void>;

/** The few commands that simulated sandboxes understand; each ends with its exit code. */
const commands: Readonly<Record<string, Command>> = {
  async *true() {
    yield { exit: 0 };
  },
  async *false() {
    yield { exit: 1 };
  },
  async *echo({ argv }) {
    yield { stdout: `${argv.slice(1).join(' ')}\n` };
    yield { exit: 0 };
  },
  async *cat({ stdin }) {
    yield { stdout: Buffer.from(stdin).toString() };
    yield { exit: 0 };
  },
  async *env({ env }) {
    yield {
      stdout: Object.entries(env)
        .map(([name, value]) => `${name}=${value}\n`)
        .join(''),
    };
    yield { exit: 0 };
  },
  async *sleep({ argv, signal }) {
    await delay(Number(argv[1] ?? 0) * 1000, undefined, { signal });
    yield { exit: 0 };
  },
  /** `yes N`: N lines, or as many as somebody reads. */
  async *yes({ argv, signal }) {
    const count = Number(argv[1] ?? Number.POSITIVE_INFINITY);
    for (let line = 0; line < count && !signal.aborted; line += 1) yield { stdout: 'y\n' };
    yield { exit: 0 };
  },
  /** Commands one after the other, split at `;`; `exit N` ends them. */
  async *sh(input) {
    let code = 0;
    for (const line of (input.argv[2] ?? '').split(';')) {
      const argv = line.trim().split(/\s+/);
      if (argv[0] === 'exit') {
        yield { exit: Number(argv[1] ?? code) };
        return;
      }
      for await (const output of runCommand({ ...input, argv })) {
        if ('exit' in output) code = output.exit;
        else yield output;
      }
    }
    yield { exit: code };
  },
};

/** Runs a command; one that nobody knows ends with 127. */
export async function* runCommand(input: CommandInput): AsyncGenerator<CommandOutput, void> {
  const name = input.argv[0] ?? '';
  if (Object.hasOwn(commands, name)) {
    yield* commands[name]!(input);
    return;
  }
  yield { stderr: `${name}: command not found\n` };
  yield { exit: 127 };
}
