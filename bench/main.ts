// npm run bench: how fast the whole is, held against the machine's own runtime in the same run. Needs root.
import { cpus } from 'node:os';
import { sayMs, sayRatio, sayTimes, timeOf, verdictTable, type Verdict } from './figures.ts';
import { createSandbox, timeCrowd, timeLives, timeRuns } from './whole/api.ts';
import { measureBaseline } from './whole/baseline.ts';
import { WholeSystem } from './whole/system.ts';

const counts = { lives: 100, runs: 500, execs: 100, crowd: 50 };
const warmStartLimitMs = 10_000;
const runLimitMs = 6;

const say = (text: string) => void process.stderr.write(`${text}\n`);

if (process.geteuid?.() !== 0) {
  say('The bench starts real sandboxes, so it needs root: run sudo npm run bench.');
  process.exit(1);
}

const system = await WholeSystem.prepare();
try {
  say('Bringing Muster up …');
  await system.start(() => system.isServing());
  const api = await system.setUp();
  say('Waiting for the base template …');
  let first = '';
  const isUp = async () => (first = await createSandbox(api)) !== '';
  while (!(await isUp().catch(() => false))) await new Promise((resolve) => setTimeout(resolve, 200));
  await api.sandboxes.destroySandbox({ sandboxId: first });

  say('Starting again, warm …');
  await system.stop();
  const warmStartMs = await timeOf(() => system.start(isUp));
  await api.sandboxes.destroySandbox({ sandboxId: first });

  say(`${counts.lives} times create, true, destroy …`);
  const lives = await timeLives(api, counts.lives);
  say(`${counts.runs} times true …`);
  const runs = await timeRuns(api, counts.runs);
  say(`${counts.crowd} creates at once …`);
  const crowd = await timeCrowd(api, counts.crowd);
  say('The runtime alone …');
  const raw = await measureBaseline(counts.lives, counts.execs);

  const lifeRatio = lives.p50 / raw.lives.p50;
  const runRatio = runs.p50 / raw.execs.p50;
  const crowdRatio = crowd.p99 / crowd.p50;
  const verdicts: Verdict[] = [
    {
      what: 'create + true + destroy',
      measured: sayTimes(lives),
      baseline: `${raw.runtime}: ${sayTimes(raw.lives)}; ${sayRatio(lifeRatio)}`,
      limit: 'p50 at most 1.5 ×',
      ok: lifeRatio <= 1.5,
    },
    {
      what: 'true in a running sandbox',
      measured: sayTimes(runs),
      baseline: `${raw.runtime} exec: ${sayTimes(raw.execs)}; ${sayRatio(runRatio)}`,
      limit: `p50 at most ${runLimitMs} ms and 0.5 ×`,
      ok: runs.p50 <= runLimitMs && runRatio <= 0.5,
    },
    {
      what: `${counts.crowd} creates at once`,
      measured: `${sayTimes(crowd)}; ${crowd.failed} failed`,
      baseline: `p99 is ${sayRatio(crowdRatio)} p50`,
      limit: 'none fails, p99 at most 5 × p50',
      ok: crowd.failed === 0 && crowdRatio <= 5,
    },
    {
      what: 'npm start to first sandbox, warm',
      measured: sayMs(warmStartMs),
      baseline: '',
      limit: `under ${sayMs(warmStartLimitMs)}`,
      ok: warmStartMs < warmStartLimitMs,
    },
  ];
  process.stdout.write(`\n${cpus().length} processors, ${cpus()[0]?.model}\n\n${verdictTable(verdicts)}\n`);
  process.exitCode = verdicts.every(({ ok }) => ok) ? 0 : 1;
} finally {
  await system.stop();
  system.remove();
}
