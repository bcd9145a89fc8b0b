import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { sayRatio, sayTimes, summarise, timeByTurns, timeOf, type Verdict } from '../figures.ts';
import { createSandbox, destroySandbox } from '../whole/api.ts';
import type { Api } from '../whole/system.ts';

const counts = { files: 10_000, snapshots: 5, forks: 10, forkTurns: 3 };
const storeLookMs = 50;
const limits = { snapshotRatio: 2, forkRatio: 2 };
const makeFiles = `mkdir /root/files; i=0; while [ $i -lt ${counts.files} ]; do echo "file $i" > /root/files/$i; i=$((i+1)); done`;

/** Snapshots held against tar, and forks against as many creates. */
export async function judgeSnapshots(api: Api): Promise<Verdict[]> {
  const sandboxId = await createSandbox(api);
  const directory = mkdtempSync(join(tmpdir(), 'muster-bench-files-'));
  try {
    for await (const _ of api.processes.run({ sandboxId, argv: ['sh', '-c', makeFiles] })) continue;
    mkdirSync(join(directory, 'files'));
    for (let number = 0; number < counts.files; number += 1)
      writeFileSync(join(directory, 'files', String(number)), `file ${number}\n`);
    return [await judgeSnapshot(api, sandboxId, directory), await judgeForks(api, sandboxId)];
  } finally {
    rmSync(directory, { recursive: true });
    await destroySandbox(api, sandboxId);
  }
}

async function judgeSnapshot(api: Api, sandboxId: string, directory: string): Promise<Verdict> {
  const taken: string[] = [];
  const tar = ['-C', directory, '-cf', join(directory, 'files.tar'), 'files'];
  const { one, other } = await timeByTurns(
    counts.snapshots,
    async () => {
      let snapshotId = '';
      const ms = await timeOf(async () => {
        ({ id: snapshotId } = (await api.snapshots.createSnapshot({ sandboxId })).snapshot!);
      });
      taken.push(snapshotId);
      // It is moved to the store behind the caller's back, which is no part of either.
      while (!(await api.snapshots.getSnapshot({ snapshotId })).snapshot!.stored) await delay(storeLookMs);
      return ms;
    },
    () => timeOf(async () => void (await promisify(execFile)('tar', tar))),
  );
  for (const snapshotId of taken) await api.snapshots.deleteSnapshot({ snapshotId });
  const ratio = one.p50 / other.p50;
  return {
    what: `snapshot of ${counts.files} small files`,
    measured: sayTimes(one),
    baseline: `tar: ${sayTimes(other)}; ${sayRatio(ratio)}`,
    limit: `p50 at most ${sayRatio(limits.snapshotRatio)}`,
    ok: ratio <= limits.snapshotRatio,
  };
}

async function judgeForks(api: Api, sandboxId: string): Promise<Verdict> {
  const { snapshot } = await api.snapshots.createSnapshot({ sandboxId });
  const ten = Array.from({ length: counts.forks });
  const forks: number[] = [];
  const creates: number[] = [];
  for (let turn = 0; turn < counts.forkTurns; turn += 1) {
    const made: string[] = [];
    const fork = { sandboxId, snapshotId: snapshot!.id, count: counts.forks };
    forks.push(
      await timeOf(async () => {
        const { sandboxes } = await api.snapshots.forkSandbox(fork);
        made.push(...sandboxes.map(({ id }) => id));
      }),
    );
    creates.push(await timeOf(async () => void made.push(...(await Promise.all(ten.map(() => createSandbox(api)))))));
    await Promise.all(made.map((id) => destroySandbox(api, id)));
  }
  await api.snapshots.deleteSnapshot({ snapshotId: snapshot!.id });
  const [one, other] = [summarise(forks), summarise(creates)];
  const ratio = one.p50 / other.p50;
  return {
    what: `${counts.forks} forks of one snapshot`,
    measured: sayTimes(one),
    baseline: `${counts.forks} creates: ${sayTimes(other)}; ${sayRatio(ratio)}`,
    limit: `p50 at most ${sayRatio(limits.forkRatio)}`,
    ok: ratio <= limits.forkRatio,
  };
}
