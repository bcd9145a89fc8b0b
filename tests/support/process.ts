import { spawn, type ChildProcess } from 'node:child_process';

/** A real process of ours, with what it wrote. */
export interface RunningProcess {
  readonly name: string;
  readonly pid: number;
  /** Everything on stdout and stderr so far. */
  output(): string;
  /** Only stdout so far. */
  stdout(): string;
  /** Resolves with the exit code (or the signal's name) once it has ended. */
  readonly ended: Promise<number | NodeJS.Signals>;
  signal(signal: NodeJS.Signals): void;
  /** Sends SIGTERM and waits; SIGKILL after the grace. */
  stop(graceMs?: number): Promise<number | NodeJS.Signals>;
}

interface ProcessOptions {
  readonly environment?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly stdin?: string;
}

/**
 * Starts `node script …` with this Node, in an environment that holds nothing of the developer's own Muster. The kernel
 * ends it with this process, however that ends: nobody else would.
 */
export function startNode(
  name: string,
  script: string,
  args: readonly string[],
  options: ProcessOptions = {},
): RunningProcess {
  return startCommand(name, 'setpriv', ['--pdeathsig', 'KILL', process.execPath, script, ...args], options);
}

export function startCommand(
  name: string,
  command: string,
  args: readonly string[],
  options: ProcessOptions = {},
): RunningProcess {
  const child = spawn(command, args, {
    cwd: options.cwd ?? repositoryRoot,
    env: { ...inheritedEnvironment(), ...options.environment },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  child.stdin.on('error', () => {}); // it may end before it has read everything
  child.stdin.end(options.stdin ?? '');
  return observe(name, child);
}

export const repositoryRoot = new URL('../../', import.meta.url).pathname;

function observe(name: string, child: ChildProcess): RunningProcess {
  let all = '';
  let stdout = '';
  child.stdout?.on('data', (chunk: Buffer) => {
    all += chunk.toString();
    stdout += chunk.toString();
  });
  child.stderr?.on('data', (chunk: Buffer) => void (all += chunk.toString()));
  const ended = new Promise<number | NodeJS.Signals>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve(code ?? signal ?? 'SIGKILL'));
  });
  if (child.pid === undefined) throw new Error(`${name} could not be started`);
  return {
    name,
    pid: child.pid,
    output: () => all,
    stdout: () => stdout,
    ended,
    signal: (signal) => void child.kill(signal),
    async stop(graceMs = 20_000) {
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), graceMs);
      try {
        return await ended;
      } finally {
        clearTimeout(timer);
      }
    },
  };
}

function inheritedEnvironment(): Record<string, string> {
  const kept = Object.entries(process.env).filter(
    ([name]) => !/^(MUSTER_|DATABASE_URL$|VITEST|NODE_OPTIONS$|NODE_ENV$)/.test(name),
  );
  return Object.fromEntries(kept.filter((entry): entry is [string, string] => entry[1] !== undefined));
}
