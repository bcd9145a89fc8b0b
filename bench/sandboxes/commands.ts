import { sayMs, sayRatio, sayTimes, summarise, timeByTurns, timeOf, type Verdict } from '../figures.ts';
import { createSandbox, destroySandbox, runTrue } from '../whole/api.ts';
import type { Api } from '../whole/system.ts';
import { openBareInit } from './bare-init.ts';

const counts = { runs: 300, crowd: 50, crowdRuns: 1500, echoes: 200 };
const limits = { runRatio: 3, crowdPerSecond: 500, echoMs: 5 };

/** Commands and terminals through the whole. */
export async function judgeCommands(api: Api): Promise<readonly Verdict[]> {
  const sandboxId = await createSandbox(api);
  try {
    return [await judgeRound(api, sandboxId), await judgeCrowd(api, sandboxId), await judgeEcho(api, sandboxId)];
  } finally {
    await destroySandbox(api, sandboxId);
  }
}

async function judgeRound(api: Api, sandboxId: string): Promise<Verdict> {
  const bare = await openBareInit();
  try {
    const { one, other } = await timeByTurns(
      counts.runs,
      () => timeOf(() => runTrue(api, sandboxId)),
      () => timeOf(() => bare.runTrue()),
    );
    const ratio = one.p50 / other.p50;
    return {
      what: 'Run, and the init alone',
      measured: sayTimes(one),
      baseline: `init: ${sayTimes(other)}; ${sayRatio(ratio)}`,
      limit: `p50 at most ${sayRatio(limits.runRatio)}`,
      ok: ratio <= limits.runRatio,
    };
  } finally {
    await bare.close();
  }
}

async function judgeCrowd(api: Api, sandboxId: string): Promise<Verdict> {
  const runAll = async () => {
    let left = counts.crowdRuns;
    const one = async () => {
      while ((left -= 1) >= 0) await runTrue(api, sandboxId);
    };
    await Promise.all(Array.from({ length: counts.crowd }, one));
  };
  await runAll(); // warms up what only many at once go through
  const ms = await timeOf(runAll);
  const perSecond = (counts.crowdRuns * 1000) / ms;
  return {
    what: `Run, ${counts.crowd} at once`,
    measured: `${perSecond.toFixed(0)} per second`,
    baseline: '',
    limit: `at least ${limits.crowdPerSecond} per second`,
    ok: perSecond >= limits.crowdPerSecond,
  };
}

/** From a key to its echo on the screen. */
async function judgeEcho({ processes }: Api, sandboxId: string): Promise<Verdict> {
  const { process } = await processes.startProcess({ sandboxId, argv: ['cat'], terminal: { cols: 80, rows: 24 } });
  const target = { sandboxId, processId: process!.id };
  const screen = { seen: 0, wake: () => {} };
  const leave = new AbortController();
  const reading = (async () => {
    for await (const { event } of processes.attachProcess(target, { signal: leave.signal })) {
      if (event.case === 'output') screen.seen += event.value.data.value?.length ?? 0;
      screen.wake();
    }
  })();
  const echo = (bytes: number) =>
    timeOf(async () => {
      await processes.sendInput({ ...target, data: Buffer.from('x'), offset: BigInt(bytes) });
      while (screen.seen <= bytes) await new Promise<void>((resolve) => (screen.wake = resolve));
    });
  const times: number[] = [];
  for (let key = 0; key < counts.echoes; key += 1) times.push(await echo(key));
  leave.abort();
  await reading.catch(() => undefined); // we left
  const echoes = summarise(times.slice(counts.echoes / 10));
  return {
    what: 'echo of a key in a terminal',
    measured: sayTimes(echoes),
    baseline: '',
    limit: `p50 at most ${sayMs(limits.echoMs)}`,
    ok: echoes.p50 <= limits.echoMs,
  };
}
