import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { BootTime } from './boot-time.ts';
import type { RunningProcess } from './config-file.ts';
import { ProbeError } from './probe-error.ts';

/** Linux has shown user space this unit on every architecture for decades. */
const ticksPerSecond = 100;

/** When a process was started. */
export interface ProcessStart {
  /** The same for the same process, and for no other one until the next boot. */
  readonly id: string;
  /** By the wall clock; earlier than before where that was set back. */
  readonly at: Date;
}

/** When processes were started: the same process always has the same time, unless the clock is set back. */
export class ProcessStarts {
  readonly #boot: BootTime;

  constructor(boot = new BootTime()) {
    this.#boot = boot;
  }

  /** Throws ProbeError when the process does not run. */
  async startOf(process: RunningProcess, signal: AbortSignal): Promise<ProcessStart> {
    const pid = 'unit' in process ? await mainPid(process.unit, signal) : await readPidFile(process.pid_file);
    const ticks = await startTicks(pid);
    if (ticks === undefined)
      throw new ProbeError(
        'unit' in process ? `${process.unit} does not run.` : `The process ${pid} of ${process.pid_file} does not run.`,
      );
    // The end of its tick: a file that was there when the process began must not look newer.
    const atMs = (await this.#boot.read()) + ((ticks + 1) * 1000) / ticksPerSecond;
    return { id: `${pid}:${ticks}`, at: new Date(atMs) };
  }
}

/** A process may note its own start a while after it began. */
const noteWithinMs = 300_000;

/** Throws ProbeError where who answered is not the process that runs: an older one's words, kept somewhere. */
export function requireSameStart(source: string, said: Date, startedAt: Date): void {
  const laterMs = said.getTime() - startedAt.getTime();
  if (laterMs > -1000 && laterMs < noteWithinMs) return;
  throw new ProbeError(
    `What ${source} says is of a process that was started at ${said.toISOString()}; the one that runs was started at ${startedAt.toISOString()}.`,
  );
}

async function readPidFile(path: string): Promise<number> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new ProbeError(
      error.code === 'ENOENT'
        ? `${path} does not exist: the process does not run.`
        : `${path} cannot be read (${error.code}).`,
    );
  });
  const pid = Number(text.trim().split('\n')[0]);
  if (!Number.isSafeInteger(pid) || pid < 1) throw new ProbeError(`${path} holds no process id.`);
  return pid;
}

async function mainPid(unit: string, signal: AbortSignal): Promise<number> {
  const text = await new Promise<string>((resolve, reject) => {
    execFile(
      'systemctl',
      ['show', '--property=MainPID', '--value', '--', unit],
      { timeout: 5000, killSignal: 'SIGKILL', signal },
      (error, stdout, stderr) => {
        if (!error) resolve(stdout);
        else
          reject(
            new ProbeError(
              error.code === 'ENOENT' ? 'systemctl is not installed.' : stderr.trim().split('\n')[0] || error.message,
            ),
          );
      },
    );
  });
  const pid = Number(text.trim());
  if (!Number.isSafeInteger(pid) || pid < 1) throw new ProbeError(`${unit} does not run.`);
  return pid;
}

/** In clock ticks since boot; undefined where there is no such process. */
export async function startTicks(pid: number): Promise<number | undefined> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  // The command's name may hold spaces and brackets; what follows its last bracket does not.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const ticks = Number(fields[19]);
  return text !== '' && fields[0] !== 'Z' && Number.isFinite(ticks) ? ticks : undefined;
}
