import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { startTicks } from '../components/process-start.ts';
import { writeAtomically } from '../enrolment/atomic-file.ts';
import { readBootId } from '../machine/specs.ts';

const order = z.object({
  component: z.string(),
  argv: z.array(z.string()),
  workingDirectory: z.string(),
  environment: z.record(z.string(), z.string()),
  timeoutMs: z.number(),
});
const supervisor = z.object({ pid: z.number(), ticks: z.number(), bootId: z.string() });
const end = z.object({ exitCode: z.number(), problem: z.string() });

/** What an update runs. */
export type Order = z.infer<typeof order>;

/** How an update's command ended; `problem` is empty where it ended well. */
export type End = z.infer<typeof end>;

export const keepOrder = (directory: string, content: Order) =>
  writeAtomically(join(directory, 'order.json'), JSON.stringify(content));

export const readOrder = async (directory: string): Promise<Order> =>
  order.parse(JSON.parse(await readFile(join(directory, 'order.json'), 'utf8')));

/** Which process watches over it, so that another one of the same number is not taken for it. */
export async function recordSupervisor(directory: string, pid: number): Promise<void> {
  const ticks = (await startTicks(pid)) ?? 0;
  await writeAtomically(
    join(directory, 'supervisor.json'),
    JSON.stringify({ pid, ticks, bootId: await readBootId() } satisfies z.infer<typeof supervisor>),
  );
}

export const keepEnd = (directory: string, content: End) =>
  writeAtomically(join(directory, 'end.json'), JSON.stringify(content));

/** Undefined while it has not ended. */
export const readEnd = async (directory: string): Promise<End | undefined> =>
  end.optional().parse(await readJson(join(directory, 'end.json')));

/** The process that watches over it: its number, `gone`, or `starting` within its first moments. */
export async function findSupervisor(directory: string): Promise<number | 'starting' | 'gone'> {
  const known = supervisor.optional().parse(await readJson(join(directory, 'supervisor.json')));
  if (!known) return (await ageMs(directory)) < startingMs ? 'starting' : 'gone';
  const same = known.bootId === (await readBootId()) && known.ticks === (await startTicks(known.pid));
  return same ? known.pid : 'gone';
}

/** A supervisor that has not said anything for so long was never started; a busy machine needs seconds. */
const startingMs = 30_000;

const ageMs = async (path: string) => Date.now() - (await stat(path)).birthtimeMs;

async function readJson(path: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, 'utf8'));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
