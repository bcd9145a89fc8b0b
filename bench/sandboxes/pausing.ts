import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findCgroups, SandboxCgroup } from '../../host-agent/runtime/index.ts';
import { sayMs, sayTimes, summarise, timeOf, type Verdict } from '../figures.ts';
import { createSandbox, destroySandbox } from '../whole/api.ts';
import type { Api } from '../whole/system.ts';

/** The first ones are compiled while they work. */
const turns = { warm: 100, counted: 100 };
const limitMs = 10;

/** Pause and resume through the whole, held against what the kernel takes for it, by turns. */
export async function judgePausing(api: Api): Promise<readonly Verdict[]> {
  const { sandboxes } = api;
  const sandboxId = await createSandbox(api);
  const kernel = await openFreezer();
  const times = { pause: [] as number[], resume: [] as number[], freeze: [] as number[], thaw: [] as number[] };
  try {
    for (let turn = 0; turn < turns.warm; turn += 1) {
      await sandboxes.pauseSandbox({ sandboxId });
      await sandboxes.resumeSandbox({ sandboxId });
    }
    for (let turn = 0; turn < turns.counted; turn += 1) {
      times.pause.push(await timeOf(async () => void (await sandboxes.pauseSandbox({ sandboxId }))));
      times.resume.push(await timeOf(async () => void (await sandboxes.resumeSandbox({ sandboxId }))));
      times.freeze.push(await timeOf(() => kernel.cgroup.freeze()));
      times.thaw.push(await timeOf(() => kernel.cgroup.thaw()));
    }
  } finally {
    await kernel.close();
    await destroySandbox(api, sandboxId);
  }
  return [verdict('pause', times.pause, times.freeze), verdict('resume', times.resume, times.thaw)];
}

function verdict(what: string, ours: readonly number[], raw: readonly number[]): Verdict {
  const [one, other] = [summarise(ours), summarise(raw)];
  const above = one.p50 - other.p50;
  return {
    what,
    measured: sayTimes(one),
    baseline: `the freezer: ${sayTimes(other)}; ${sayMs(above)} above`,
    limit: `p50 at most ${limitMs} ms above`,
    ok: above <= limitMs,
  };
}

/** A cgroup with one process that sleeps. */
async function openFreezer() {
  const cgroups = await findCgroups();
  const name = `/muster-bench-freezer-${process.pid}`;
  const directories = cgroups.mode === 'unified' ? [''] : ['freezer', 'pids'];
  const child = spawn('sleep', ['infinity'], { stdio: 'ignore' });
  const ended = once(child, 'exit');
  for (const directory of directories) {
    const path = join('/sys/fs/cgroup', directory, name);
    mkdirSync(path, { recursive: true });
    writeFileSync(join(path, 'cgroup.procs'), String(child.pid));
  }
  const cgroup = new SandboxCgroup(cgroups, name);
  return {
    cgroup,
    async close() {
      await cgroup.killAll();
      await ended;
      await cgroup.remove();
    },
  };
}
