import { spawn } from 'node:child_process';
import { ProbeError } from './probe-error.ts';

const mostBytes = 64 * 1024;
const longestWords = 500;

/** Runs a command and answers what it printed. Throws ProbeError with its own words; it and its children have ended then. */
export function runCommand(argv: readonly string[], timeoutMs: number, signal: AbortSignal): Promise<string> {
  const [program = '', ...args] = argv;
  return new Promise((resolve, reject) => {
    // A process group of its own: what the command has started ends with it.
    const child = spawn(program, args, {
      cwd: '/',
      env: { PATH: process.env['PATH'] ?? '/usr/bin:/bin', LC_ALL: 'C.UTF-8', HOME: '/nonexistent' },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    const out: Buffer[] = [];
    let size = 0;
    let words = '';
    let problem: string | undefined;
    const end = (why?: string) => {
      problem ??= why;
      endGroup(child.pid);
    };
    const cancel = () => end('The agent stops.');
    const timer = setTimeout(() => end(`${program} took longer than ${timeoutMs / 1000} seconds.`), timeoutMs);
    signal.addEventListener('abort', cancel);
    if (signal.aborted) cancel();

    child.stdout.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > mostBytes) end(`${program} prints more than 64 KiB.`);
      else out.push(chunk);
    });
    child.stderr.on('data', (chunk: Buffer) => (words = (words + chunk.toString()).slice(-mostBytes)));
    child.on('error', (error) => (problem ??= `${program} cannot be started: ${error.message}.`));
    // What it leaves behind must not keep its output open.
    child.on('exit', () => end());
    child.on('close', (code, byWhat) => {
      clearTimeout(timer);
      signal.removeEventListener('abort', cancel);
      if (problem === undefined && code === 0) return resolve(Buffer.concat(out).toString());
      const ending = byWhat ? `was ended by ${byWhat}` : `ends with ${code}`;
      reject(new ProbeError(problem ?? `${program} ${ending}: ${lastWords(words)}`));
    });
  });
}

const lastWords = (text: string): string =>
  (text.trim() || 'it says nothing on its standard error.').slice(-longestWords);

function endGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // Nobody is left in the group.
  }
}
