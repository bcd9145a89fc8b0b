import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { lockName } from '../../host-agent/machine/data-dir.ts';
import { takeLock } from '../../host-agent/machine/lock.ts';
import { processesOf } from '../postgres/index.ts';
import { StartProblem } from '../problem.ts';
import type { DataDir } from './open.ts';

/** What is left pauses its sandboxes and writes what it holds; then it ends. */
const longestWaitMs = 60_000;

/**
 * Waits for what a Muster that was killed has left running on a data directory, and says so: the kernel has asked it to
 * end. Throws a StartProblem where it does not.
 */
export async function untilRemainsEnd(dataDir: DataDir, say: (sentence: string) => void): Promise<void> {
  if (remains(dataDir).length === 0 && (await agentEnds(dataDir, 0))) return;
  say(`Waiting for what a Muster that was killed has left on ${dataDir.path} to end …`);
  const deadline = Date.now() + longestWaitMs;
  for (let pids = remains(dataDir); pids.length > 0; pids = remains(dataDir)) {
    if (Date.now() > deadline) throw stillRuns(dataDir, `process ${pids.join(', ')}`);
    await delay(50);
  }
  if (!(await agentEnds(dataDir, Math.ceil((deadline - Date.now()) / 1000)))) throw stillRuns(dataDir, 'its agent');
}

/** Whether no agent works there any more, within so many seconds. */
async function agentEnds(dataDir: DataDir, withinSeconds: number): Promise<boolean> {
  if (!existsSync(dataDir.agent)) return true;
  const lock = await takeLock(join(dataDir.agent, lockName), withinSeconds);
  await lock?.release();
  return lock !== undefined;
}

const remains = (dataDir: DataDir): number[] => [...processesOf(dataDir.postgres), ...controlPlanesOn(dataDir.path)];

function stillRuns({ path }: DataDir, what: string): StartProblem {
  return new StartProblem(
    `Something of a Muster that was killed still runs on ${path} (${what}). End it, or choose another MUSTER_DATA_DIR.`,
  );
}

/** Control planes that were started for this data directory. */
function controlPlanesOn(path: string): number[] {
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .filter((pid) => listOf(pid, 'cmdline').includes(join('control-plane', 'main.ts')))
    .filter((pid) => listOf(pid, 'environ').includes(`MUSTER_DATA_DIR=${path}`))
    .map(Number);
}

function listOf(pid: string, file: 'cmdline' | 'environ'): string[] {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8').split('\0');
  } catch {
    return []; // ended meanwhile, or not ours to look at
  }
}
