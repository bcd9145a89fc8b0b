import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { takeLock } from '../../host-agent/machine/lock.ts';
import { StartProblem } from '../problem.ts';

/** What the console is made from. */
const sources = ['web', 'proto/gen', 'proto/contract', 'package-lock.json', 'tsconfig.json'];

/** How the console came to be up to date. */
export type ConsoleBuild = 'unchanged' | 'built';

/** Builds the console if its sources have changed since the last build. Two at once wait for each other. */
export async function buildConsole(root: string, onBuild: () => void = () => {}): Promise<ConsoleBuild> {
  const cache = join(root, '.cache');
  const stamp = join(root, 'web', 'dist', '.stamp');
  if (isCurrent(stamp, root)) return 'unchanged';
  mkdirSync(cache, { recursive: true });
  const lock = await takeLock(join(cache, 'console.lock'), 300);
  if (!lock)
    throw new StartProblem('Another build of the console has taken over five minutes. End it and start again.');
  try {
    if (isCurrent(stamp, root)) return 'unchanged';
    onBuild();
    const hash = hashOf(root);
    const [fresh, old, dist] = [join(cache, 'console'), join(cache, 'console.old'), join(root, 'web', 'dist')];
    for (const folder of [fresh, old]) rmSync(folder, { recursive: true, force: true });
    await runVite(root, fresh);
    writeFileSync(join(fresh, '.stamp'), hash);
    if (existsSync(dist)) renameSync(dist, old);
    renameSync(fresh, dist);
    rmSync(old, { recursive: true, force: true });
    return 'built';
  } finally {
    await lock.release();
  }
}

function isCurrent(stamp: string, root: string): boolean {
  return existsSync(stamp) && readFileSync(stamp, 'utf8') === hashOf(root);
}

/** One hash over all sources, with their names. */
function hashOf(root: string): string {
  const hash = createHash('sha256');
  for (const file of sources.flatMap((source) => filesOf(root, source)).sort()) {
    hash.update(`${file}\0`).update(
      createHash('sha256')
        .update(readFileSync(join(root, file)))
        .digest(),
    );
  }
  return hash.digest('hex');
}

function filesOf(root: string, source: string): string[] {
  const path = join(root, source);
  if (!existsSync(path)) return [];
  const entries = source.includes('.') ? [] : readdirSync(path, { recursive: true, withFileTypes: true });
  if (entries.length === 0) return [source];
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.replace(/\/*$/, '/').length))
    .filter((file) => !file.startsWith('web/dist/') && !/\.test\.tsx?$/.test(file));
}

async function runVite(root: string, folder: string): Promise<void> {
  const vite = join(root, 'node_modules', 'vite', 'bin', 'vite.js');
  const args = [vite, 'build', 'web', '--outDir', folder, '--emptyOutDir', '--logLevel', 'warn'];
  // Whoever asks for it, it is built to be used: under NODE_ENV=test it would be React's development build, several times slower.
  const env = { ...process.env, NODE_ENV: 'production' };
  const child = spawn(process.execPath, args, { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'] });
  let words = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => void (words += chunk.toString()));
  const code = await new Promise<number | null>((resolve, reject) =>
    child.once('error', reject).once('close', resolve),
  );
  if (code !== 0) throw new StartProblem(`The console could not be built:\n${words.trim()}`);
}
