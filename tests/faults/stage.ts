import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { seededRandom } from '../../simulator/index.ts';
import { Acknowledged } from './acknowledged.ts';
import { Bystanders } from './bystanders.ts';
import { startInstallation } from './installation.ts';
import { playSchedule, type Played, type Stage } from './play.ts';
import { describeStep, drawSchedule } from './schedule.ts';

const agents = 3;
const bystanders = 3;

/** Starts an installation with sandboxes that nobody will touch. */
export async function openStage(seed: number): Promise<Stage> {
  const installation = await startInstallation(agents, seededRandom(seed));
  try {
    const acknowledged = new Acknowledged();
    return { installation, acknowledged, bystanders: await Bystanders.start(installation, bystanders, acknowledged) };
  } catch (error) {
    await installation.stop();
    throw error;
  }
}

interface Run {
  /** Of the first schedule; the next one has the next number. */
  readonly seed: number;
  readonly schedules: number;
  readonly say: (line: string) => void;
}

/** Plays so many schedules one after the other and says how each went. Ends with the first that fails: what it leaves would spoil the next. */
export async function playAll(
  stage: Stage,
  { seed, schedules, say }: Run,
): Promise<{ readonly failed: readonly number[] }> {
  const played: Played[] = [];
  for (let number = 0; number < schedules; number += 1) {
    const schedule = drawSchedule(seed + number, { replica: stage.installation.replicas.length, agent: agents });
    const steps = schedule.steps.map(describeStep).join('; ');
    try {
      const one = await playSchedule(stage, schedule);
      played.push(one);
      say(
        `${schedule.seed}: well after ${seconds(one.tookMs)} s (${one.lives} lives, converged in ${seconds(one.convergedMs)} s): ${steps}`,
      );
    } catch (error) {
      const logs = await keepLogs(stage, schedule.seed);
      say(`${schedule.seed}: FAILED: ${sentenceOf(error)}: ${steps}\n  logs: ${logs}`);
      return { failed: [schedule.seed] };
    }
  }
  const times = played.map(({ tookMs }) => tookMs).toSorted((one, other) => one - other);
  const sum = (of: (one: Played) => number) => played.reduce((all, one) => all + of(one), 0);
  say(
    `${played.length} schedules, all well: ${sum(({ calls }) => calls)} acknowledged calls, ${sum(({ lives }) => lives)} lives; ` +
      `median ${seconds(times[Math.floor(times.length / 2)] ?? 0)} s, longest ${seconds(times.at(-1) ?? 0)} s`,
  );
  return { failed: [] };
}

const seconds = (ms: number): string => (ms / 1000).toFixed(1);

function sentenceOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message} (${sentenceOf(error.cause)})` : error.message;
}

/** What every process has said, for whoever looks for the reason. */
async function keepLogs({ installation: { replicas, agents: hosts } }: Stage, seed: number): Promise<string> {
  const path = join(tmpdir(), `muster-faults-${seed}.log`);
  const parts = [
    ...replicas.map(({ url, log }) => `=== replica ${url}\n${log}`),
    ...hosts.map(({ name, id, log }) => `=== agent ${name} (${id})\n${log}`),
  ];
  await writeFile(path, parts.join('\n'));
  return path;
}
