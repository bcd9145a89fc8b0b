// npm run test:faults -- --schedules N --seed S: random schedules of faults over real processes. Needs root.
import { parseArgs } from 'node:util';
import { becomeRoot } from '../../scripts/test/root.ts';
import { openStage, playAll } from './stage.ts';

becomeRoot();
const { values } = parseArgs({
  options: {
    schedules: { type: 'string', default: '10' },
    seed: { type: 'string', default: String(Math.floor(Math.random() * 1_000_000)) },
  },
});
const [schedules, seed] = [Number(values.schedules), Number(values.seed)];
if (!Number.isInteger(schedules) || schedules < 1 || !Number.isInteger(seed)) {
  console.error('Give whole numbers: --schedules 10 --seed 1.');
  process.exit(1);
}
const say = (line: string) => void process.stdout.write(`${line}\n`);

say(`${schedules} schedules from seed ${seed}; one of them alone: --schedules 1 --seed THAT.`);
const stage = await openStage(seed);
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => void stage.installation.stop().finally(() => process.exit(130)));
try {
  const { failed } = await playAll(stage, { seed, schedules, say });
  if (failed.length > 0) process.exitCode = 1;
} finally {
  await stage.installation.stop();
}
