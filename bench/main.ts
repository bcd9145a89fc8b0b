// npm run bench: how fast the whole is, held against the machine's own runtime in the same run. Needs root.
// npm run bench -- PART …: these parts alone.
import { cpus } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { benchAccess } from './access.ts';
import { benchAudit, judgeAudit } from './audit.ts';
import { sayMs, sayRatio, sayTimes, timeBySpells, timeByTurns, timeOf, verdictTable, type Verdict } from './figures.ts';
import { benchHistory } from './fleet/history.ts';
import { benchLargeFleet } from './fleet/large.ts';
import { benchGateway } from './gateway.ts';
import { judgeHosts } from './hosts/judge.ts';
import { judgeCommands } from './sandboxes/commands.ts';
import { judgeFiles } from './sandboxes/files.ts';
import { judgeIdle } from './sandboxes/idle.ts';
import { judgeCreates, judgePodman } from './sandboxes/life.ts';
import { judgeNeighbours } from './sandboxes/neighbours.ts';
import { judgePausing } from './sandboxes/pausing.ts';
import { judgeSnapshots } from './sandboxes/snapshots.ts';
import { createSandbox, destroySandbox, liveOnce, runTrue, timeCrowd } from './whole/api.ts';
import { openBaseline, type Baseline } from './whole/baseline.ts';
import { WholeSystem, type Api } from './whole/system.ts';

const counts = { warmLives: 300, warmRuns: 2_000, lives: 100, spells: 60, runs: 20, crowd: 50 };
const limits = { lifeRatio: 1.5, runMs: 6, runRatio: 0.5, crowdRatio: 5, warmStartMs: 10_000 };

const say = (text: string) => void process.stderr.write(`${text}\n`);

/** Brings it up twice, because the second start is the one that counts. */
async function startTwice(system: WholeSystem): Promise<{ readonly api: Api; readonly verdict: Verdict }> {
  say('Bringing Muster up …');
  await system.start(() => system.isServing());
  const api = await system.setUp();
  say('Waiting for the first sandbox …');
  let first: string | undefined;
  const isUp = async () => (first = await createSandbox(api).catch(() => undefined)) !== undefined;
  while (!(await isUp())) await delay(200);
  await destroySandbox(api, first!);
  say('Starting again, warm …');
  await system.stop();
  const warmStartMs = await timeOf(() => system.start(isUp));
  await destroySandbox(api, first!);
  const verdict = {
    what: 'npm start to first sandbox, warm',
    measured: sayMs(warmStartMs),
    baseline: '',
    limit: `under ${sayMs(limits.warmStartMs)}`,
    ok: warmStartMs < limits.warmStartMs,
  };
  return { api, verdict };
}

async function judgeLives(api: Api, baseline: Baseline): Promise<Verdict> {
  say(`${counts.lives} times create, true, destroy …`);
  const { one: lives, other: raw } = await timeByTurns(
    counts.lives,
    () => timeOf(() => liveOnce(api)),
    () => baseline.life(),
  );
  const ratio = lives.p50 / raw.p50;
  return {
    what: 'create + true + destroy',
    measured: sayTimes(lives),
    baseline: `${baseline.runtime}: ${sayTimes(raw)}; ${sayRatio(ratio)}`,
    limit: `p50 at most ${sayRatio(limits.lifeRatio)}`,
    ok: ratio <= limits.lifeRatio,
  };
}

async function judgeRuns(api: Api, baseline: Baseline): Promise<Verdict> {
  say(`${counts.spells * counts.runs} times true in a sandbox that runs …`);
  const sandboxId = await createSandbox(api);
  const run = () => timeOf(() => runTrue(api, sandboxId));
  const { one: runs, other: raw } = await timeBySpells(counts.spells, counts.runs, run, () => baseline.exec());
  await destroySandbox(api, sandboxId);
  const ratio = runs.p50 / raw.p50;
  return {
    what: 'true in a running sandbox',
    measured: sayTimes(runs),
    baseline: `${baseline.runtime} exec: ${sayTimes(raw)}; ${sayRatio(ratio)}`,
    limit: `p50 at most ${limits.runMs} ms and ${sayRatio(limits.runRatio)}`,
    ok: runs.p50 <= limits.runMs && ratio <= limits.runRatio,
  };
}

async function judgeCrowd(api: Api): Promise<Verdict> {
  say(`${counts.crowd} creates at once …`);
  const crowd = await timeCrowd(api, counts.crowd);
  for (const why of crowd.why) say(`  failed: ${why}`);
  const ratio = crowd.p99 / crowd.p50;
  return {
    what: `${counts.crowd} creates at once`,
    measured: `${sayTimes(crowd)}; ${crowd.failed} failed`,
    baseline: `p99 is ${sayRatio(ratio)} p50`,
    limit: `none fails, p99 at most ${limits.crowdRatio} × p50`,
    ok: crowd.failed === 0 && ratio <= limits.crowdRatio,
  };
}

/** What has just been started is compiled while it works: that is not what people meet day after day. */
async function warmUp(api: Api, baseline: Baseline): Promise<void> {
  say('Warming up …');
  for (let life = 0; life < counts.warmLives; life += 1) {
    await liveOnce(api);
    await baseline.life();
  }
  const sandboxId = await createSandbox(api);
  for (let run = 0; run < counts.warmRuns; run += 1) await runTrue(api, sandboxId);
  await destroySandbox(api, sandboxId);
}

/** What there is to measure, in this order. */
const parts: Readonly<Record<string, (api: Api, baseline: Baseline) => Promise<readonly Verdict[]>>> = {
  lives: async (api, baseline) => [await judgeLives(api, baseline)],
  runs: async (api, baseline) => [await judgeRuns(api, baseline)],
  crowd: async (api) => [await judgeCrowd(api)],
  creates: async (api, baseline) => [await judgeCreates(api, baseline)],
  podman: async (api, baseline) => [await judgePodman(api, baseline)],
  commands: judgeCommands,
  pausing: judgePausing,
  files: judgeFiles,
  snapshots: judgeSnapshots,
  neighbours: judgeNeighbours,
  idle: () => judgeIdle(),
  access: () => benchAccess(),
  fleet: () => benchLargeFleet(),
  history: () => benchHistory(),
  audit: async () => judgeAudit(await benchAudit()),
  gateway: () => benchGateway(),
  hosts: () => judgeHosts(10_000),
};

if (process.geteuid?.() !== 0) {
  say('The bench starts real sandboxes, so it needs root: run sudo npm run bench.');
  process.exit(1);
}
const asked = process.argv.slice(2);
const unknown = asked.find((name) => !(name in parts));
if (unknown !== undefined) {
  say(`There is no part ${unknown}. There are: ${Object.keys(parts).join(', ')}. Without any, all are measured.`);
  process.exit(1);
}
const system = await WholeSystem.prepare();
try {
  const { api, verdict } = await startTwice(system);
  const baseline = await openBaseline();
  try {
    await warmUp(api, baseline);
    const verdicts: Verdict[] = [];
    for (const [name, judge] of Object.entries(parts)) {
      if (asked.length > 0 && !asked.includes(name)) continue;
      say(`Measuring ${name} …`);
      verdicts.push(...(await judge(api, baseline)));
    }
    verdicts.push(verdict);
    process.stdout.write(`\n${cpus().length} processors, ${cpus()[0]?.model}\n\n${verdictTable(verdicts)}\n`);
    process.exitCode = verdicts.some(({ ok }) => ok === false) ? 1 : 0;
  } finally {
    await baseline.close();
  }
} finally {
  await system.stop();
  system.remove();
}
