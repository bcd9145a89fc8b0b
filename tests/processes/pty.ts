import { spawn } from 'node:child_process';
import { eventually } from '../support/eventually.ts';

/** A command line on a terminal of its own, as util-linux' `script` makes one. */
export interface OnTerminal {
  readonly pid: number;
  screen(): string;
  type(keys: string): void;
  /** Waits until the text, or what matches, is on the screen behind everything that was waited for before. */
  sees(wanted: string | RegExp): Promise<void>;
  readonly ended: Promise<number | null>;
  kill(): void;
}

/** Runs a shell line on a terminal of this size. */
export function onTerminal(
  line: string,
  environment: Readonly<Record<string, string>>,
  { cols, rows }: { readonly cols: number; readonly rows: number },
): OnTerminal {
  const child = spawn('script', ['-qfec', `stty cols ${cols} rows ${rows}; exec ${line}`, '/dev/null'], {
    env: { PATH: process.env['PATH'] ?? '', TERM: 'xterm-256color', ...environment },
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: true,
  });
  let screen = '';
  let seen = 0;
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => void (screen += chunk.toString()));
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  return {
    pid: child.pid!, // it was spawned
    screen: () => screen,
    type: (keys) => void child.stdin.write(keys),
    async sees(wanted) {
      await eventually(`the screen shows ${String(wanted)}`, () => {
        const rest = screen.slice(seen);
        const at = typeof wanted === 'string' ? rest.indexOf(wanted) : rest.search(wanted);
        if (at < 0) throw new Error(`so far: ${JSON.stringify(screen.slice(-800))}`);
        seen += at + (typeof wanted === 'string' ? wanted.length : 1);
        return true;
      });
    },
    ended,
    kill: () => {
      try {
        process.kill(-child.pid!, 'SIGKILL');
      } catch {
        // it has ended by itself
      }
    },
  };
}
