import { setTimeout as delay } from 'node:timers/promises';
import { seededRandom } from '../../simulator/index.ts';
import type { Acknowledged } from './acknowledged.ts';
import type { Bystanders } from './bystanders.ts';
import { expectAuditWhole, expectConverged } from './converged.ts';
import { faults, type Fault } from './faults.ts';
import type { Installation } from './installation.ts';
import { describeStep, type Schedule, type Step } from './schedule.ts';
import { destroy, expectMark, startWork } from './work.ts';

/** How a schedule went. */
export interface Played {
  readonly lives: number;
  readonly calls: number;
  /** From the first sandbox to the last check. */
  readonly tookMs: number;
  /** From the end of the work until nothing contradicted. */
  readonly convergedMs: number;
}

const callers = 4;

/** An installation, what its callers were told, and who stands by. */
export interface Stage {
  readonly installation: Installation;
  readonly acknowledged: Acknowledged;
  readonly bystanders: Bystanders;
}

/** Plays one schedule under load, heals everything, and checks. Throws the first thing that is not as it should be. */
export async function playSchedule(stage: Stage, schedule: Schedule): Promise<Played> {
  const { installation, acknowledged } = stage;
  const beganMs = performance.now();
  const callsBefore = acknowledged.calls;
  const work = startWork(installation.callers(), callers, acknowledged, seededRandom(schedule.seed));
  try {
    const befallen = await Promise.allSettled(schedule.steps.map((step) => befall(installation, step)));
    // Everything is whole again, also where one of them could not be done.
    for (const one of befallen) if (one.status === 'rejected') throw one.reason;
    await installation.allConnected();
  } finally {
    work.stop();
  }
  await work.ended;
  const { convergedMs } = await settle(stage);
  return {
    lives: work.lives,
    calls: acknowledged.calls - callsBefore,
    tookMs: performance.now() - beganMs,
    convergedMs,
  };
}

/** Waits until nothing contradicts what was acknowledged, and ends what the work has left. */
export async function settle({ installation, acknowledged, bystanders }: Stage): Promise<{ convergedMs: number }> {
  const endedMs = performance.now();
  await expectConverged(installation, acknowledged);
  const convergedMs = performance.now() - endedMs;
  await bystanders.expectUntouched();
  const left = [...acknowledged.living].filter(([id]) => !bystanders.has(id));
  await Promise.all(
    left.map(async ([id, { told, mark }]) => {
      if (told === 'running') await expectMark(installation.direct, id, mark);
    }),
  );
  await expectAuditWhole(installation);
  await Promise.all(left.map(([id]) => destroy(installation.direct, id, acknowledged)));
  return { convergedMs };
}

/** Lets it happen in its time, and ends it. */
async function befall(installation: Installation, step: Step): Promise<void> {
  const { target, atMs, lastsMs, severity } = step;
  const fault: Fault = faults[step.fault];
  await delay(atMs);
  try {
    const end = await fault.begin(installation, target, severity);
    await delay(lastsMs);
    await end();
  } catch (error) {
    throw new Error(`the suite itself could not do it: ${describeStep(step)}`, { cause: error });
  }
}
