import { Code } from '@connectrpc/connect';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { seededRandom } from '../../simulator/index.ts';
import { faultNames } from './faults.ts';
import { playSchedule, settle, type Stage } from './play.ts';
import { Refused } from './refused.ts';
import { describeStep, drawSchedule } from './schedule.ts';
import { openStage } from './stage.ts';
import { startWork } from './work.ts';

const seeds = [4, 5, 9, 10, 16, 20, 26, 38, 64, 80];
const counts = { replica: 2, agent: 3 };
const schedules = seeds.map((seed) => drawSchedule(seed, counts));

test('the same seed is the same schedule, and another one another', () => {
  expect(drawSchedule(seeds[0]!, counts)).toEqual(schedules[0]);
  expect(schedules[1]?.steps).not.toEqual(schedules[0]?.steps);
  const played = schedules.flatMap(({ steps }) => steps.map(({ fault }) => fault));
  expect(new Set(played), 'together they have every fault').toEqual(new Set(faultNames));
  const drawn = Array.from({ length: 200 }, (_, seed) => drawSchedule(seed, counts).steps.map(({ fault }) => fault));
  expect(new Set(drawn.flat())).toEqual(new Set(faultNames));
});

let stage: Stage;
beforeAll(async () => void (stage = await openStage(seeds[0]!)), 300_000);
afterAll(() => stage?.installation.stop(), 60_000);

test('replicas are replaced one after the other under load: callers meet nothing but what a repetition heals', async () => {
  const { installation, acknowledged } = stage;
  const refused = new Refused();
  const work = startWork(installation.callers([refused.interceptor]), 4, acknowledged, seededRandom(1));
  try {
    for (const replica of [...installation.replicas, ...installation.replicas]) {
      await replica.end('SIGTERM');
      await replica.start();
      await installation.allConnected();
    }
  } finally {
    work.stop();
  }
  await work.ended;
  expect(refused.errors.filter(({ code }) => code !== Code.Unavailable)).toEqual([]);
  expect(work.lives).toBeGreaterThan(0);
  await settle(stage);
}, 300_000);

// A failing one alone: npm run test:faults -- --schedules 1 --seed ITS-SEED.
test.each(schedules.map((schedule) => [schedule.seed, schedule.steps.map(describeStep).join('; '), schedule] as const))(
  'whatever happens, all that was acknowledged is so, and nothing else: seed %i: %s',
  async (_seed, _steps, schedule) => {
    const { lives } = await playSchedule(stage, schedule);
    expect(lives).toBeGreaterThan(0);
  },
  300_000,
);
