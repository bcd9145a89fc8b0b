import { pick, seededRandom } from '../../simulator/index.ts';
import { faultNames, faults, type FaultName } from './faults.ts';

/** One fault of a schedule. */
export interface Step {
  readonly fault: FaultName;
  /** The number of the replica or agent that it befalls; 0 where there is only one of its kind. */
  readonly target: number;
  readonly atMs: number;
  readonly lastsMs: number;
  /** From 0 to 1: how badly, whatever that is for the fault. */
  readonly severity: number;
}

/** What goes wrong, when, with whom. The same seed, the same schedule. */
export interface Schedule {
  readonly seed: number;
  readonly steps: readonly Step[];
}

/** How many there are of what a fault befalls. */
export interface Targets {
  readonly replica: number;
  readonly agent: number;
}

const fewest = 2;
const most = 5;
const withinMs = 1_500;
const shortestMs = 200;
const longestMs = 2_500;

/** Draws a schedule. Nobody is befallen twice in the same way: who is dead cannot stand still, too. */
export function drawSchedule(seed: number, counts: Targets): Schedule {
  const random = seededRandom(seed);
  const count = fewest + Math.floor(random() * (most - fewest + 1));
  const taken = new Set<string>();
  const steps: Step[] = [];
  while (steps.length < count) {
    const fault = pick(random, faultNames) ?? 'calls-cut';
    const { befalls, part } = faults[fault];
    const target = befalls === 'all' ? 0 : Math.floor(random() * counts[befalls]);
    const step = {
      fault,
      target,
      atMs: Math.round(random() * withinMs),
      lastsMs: Math.round(shortestMs + random() * (longestMs - shortestMs)),
      severity: random(),
    };
    const key = `${befalls} ${target} ${part}`;
    if (taken.has(key)) continue;
    taken.add(key);
    steps.push(step);
  }
  return { seed, steps: steps.toSorted((one, other) => one.atMs - other.atMs) };
}

/** One line for people. */
export const describeStep = ({ fault, target, atMs, lastsMs }: Step): string =>
  `${faults[fault].befalls === 'all' ? '' : `${faults[fault].befalls} ${target + 1}: `}${fault} (at ${atMs} ms, for ${lastsMs} ms)`;
