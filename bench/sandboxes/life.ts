import { spawnSync } from 'node:child_process';
import { sayRatio, sayTimes, timeByTurns, timeOf, type Verdict } from '../figures.ts';
import { createSandbox, destroySandbox, liveOnce } from '../whole/api.ts';
import type { Baseline } from '../whole/baseline.ts';
import type { Api } from '../whole/system.ts';

const counts = { creates: 50, podman: 20 };
const limits = { createRatio: 1.3 };

/** A cold create held against the runtime alone. */
export async function judgeCreates(api: Api, baseline: Baseline): Promise<Verdict> {
  const create = async () => {
    let sandboxId = '';
    const ms = await timeOf(async () => void (sandboxId = await createSandbox(api)));
    await destroySandbox(api, sandboxId);
    return ms;
  };
  const { one, other } = await timeByTurns(counts.creates, create, () => baseline.birth());
  const ratio = one.p50 / other.p50;
  return {
    what: 'create',
    measured: sayTimes(one),
    baseline: `${baseline.runtime} create + start: ${sayTimes(other)}; ${sayRatio(ratio)}`,
    limit: `p50 at most ${sayRatio(limits.createRatio)}`,
    ok: ratio <= limits.createRatio,
  };
}

/** The whole, through the control plane, beside podman alone; a line that says so where there is none. */
export async function judgePodman(api: Api, baseline: Baseline): Promise<Verdict> {
  const what = 'create + true + destroy, and podman run --rm';
  if (spawnSync('podman', ['--version']).status !== 0)
    return { what, measured: '', baseline: 'podman is not installed', limit: 'ours is faster', ok: undefined };
  const { one, other } = await timeByTurns(
    counts.podman,
    () => timeOf(() => liveOnce(api)),
    () => baseline.podman(),
  );
  return {
    what,
    measured: sayTimes(one),
    baseline: `podman: ${sayTimes(other)}; ${sayRatio(one.p50 / other.p50)}`,
    limit: 'ours is faster',
    ok: one.p50 < other.p50,
  };
}
