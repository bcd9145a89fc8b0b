import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { root } from '../root.ts';

/** A `npm start`, without npm around it. */
export interface StartedMuster {
  readonly pid: number;
  readonly output: () => string;
  /** Resolves with the exit code. */
  readonly ended: Promise<number | null>;
  /** Resolves once it has told what to do next; fails with its words where it ends before. */
  ready(): Promise<void>;
  signal(signal: NodeJS.Signals): void;
}

/** Starts one with these settings and nothing of the developer's own. */
export function startMuster(settings: Readonly<Record<string, string>>, ...args: string[]): StartedMuster {
  const own = /^(MUSTER_|DATABASE_URL|VITEST|NODE_(?!COMPILE_CACHE))/;
  const inherited = Object.entries(process.env).filter(([name]) => !own.test(name));
  const child = spawn(process.execPath, [join(root, 'local', 'main.ts'), ...args], {
    cwd: root,
    env: { ...Object.fromEntries(inherited), DATABASE_URL: '', ...settings },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const said = Promise.withResolvers<void>();
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      output += chunk.toString();
      if (output.includes('Ctrl-C pauses the sandboxes')) said.resolve();
    });
  }
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  const fallen = ended.then((code) => Promise.reject(new Error(`npm start ended with ${code}:\n${output}`)));
  fallen.catch(() => {}); // only who waits for it wants to know
  return {
    pid: child.pid ?? 0,
    output: () => output,
    ended,
    ready: () => Promise.race([said.promise, fallen]),
    signal: (signal) => void child.kill(signal),
  };
}
