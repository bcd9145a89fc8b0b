import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { once } from 'node:events';
import type { Recipe } from './recipe.ts';

/**
 * Under a lock that the kernel lets go of when the builder dies, so that agents that start at once build once: builds
 * beside the target, writes what it is, and moves it into place as a whole.
 */
const script = `
set -eu
target=$1 work=$2 name=$3
shift 3
test ! -e "$target" || exit 0
rm -rf --one-file-system "$work"
mkdir -p "$work"
"$@"
digest=$(tar -C "$work/root" --sort=name --mtime=@0 --numeric-owner -cf - . | sha256sum | cut -d' ' -f1)
printf '{"name":"%s","digest":"sha256:%s"}\\n' "$name" "$digest" > "$work/template.json"
sync -f "$work"
mv -T "$work" "$target"
`;

/** Lines that mmdebstrap prints on its way; a guess that is good enough for a bar. */
const expectedLines = 10;
const keptLines = 20;

/** Makes a template's directory. Throws with the builder's last words; an abort leaves nothing half done behind. */
export async function buildTemplate(
  recipe: Recipe,
  {
    target,
    lock,
    onProgress,
    signal,
  }: {
    target: string;
    lock: string;
    onProgress: (message: string, percent: number) => void;
    signal?: AbortSignal | undefined;
  },
): Promise<void> {
  const work = `${target}.building`;
  const sources = await recipe.sources();
  const build = [...recipe.command, `${work}/root`, ...(sources === '' ? [] : ['-'])];
  signal?.throwIfAborted();
  const child = spawn(
    'flock',
    ['--exclusive', lock, 'sh', '-c', script, 'build', target, work, recipe.name, ...build],
    {
      detached: true, // a process group of its own, so that an abort reaches all of it
      stdio: ['pipe', 'ignore', 'pipe'],
    },
  );
  child.stdin.on('error', () => {}); // it may end before it has read its sources
  child.stdin.end(sources);
  const stop = () => {
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGTERM');
  };
  signal?.addEventListener('abort', stop);
  const said: string[] = [];
  createInterface({ input: child.stderr }).on('line', (line) => {
    said.push(line);
    if (said.length > keptLines) said.shift();
    const seen = Math.min(said.length, expectedLines);
    onProgress(line.replace(/^[A-Z]: /, ''), Math.round((seen / (expectedLines + 1)) * 100));
  });
  try {
    const [code] = (await once(child, 'close')) as [number | null];
    signal?.throwIfAborted();
    if (code !== 0) throw new Error(said.slice(-5).join('\n') || `the builder ended with ${code}`);
  } finally {
    signal?.removeEventListener('abort', stop);
  }
}
