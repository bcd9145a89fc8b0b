import { sayRatio, sayTimes, summarise, timeOf, type Verdict } from '../figures.ts';
import { createSandbox, destroySandbox, runTrue } from '../whole/api.ts';
import type { Api } from '../whole/system.ts';

/** So many that the slowest hundredth is sixteen calls, not the bad luck of three. */
const counts = { warmUp: 1_000, spells: 16, runs: 100 };
const limitRatio = 2;
/** Half of what a neighbour has: two of them share the machine with everything else that is measured. */
const limits = { cpu: 0.5, memoryMib: 64, diskMib: 64, pids: 64 };

/** What guests do who mean no good, each in perl or sh of the base template. */
const guests: Readonly<Record<string, readonly string[]>> = {
  'a fork bomb': ['perl', '-e', '1 while defined fork; 1 while 1'],
  'a memory hog': ['sh', '-c', 'while :; do tail /dev/zero; done'],
  'a disk filler': ['sh', '-c', 'while :; do cat /dev/zero > /root/x; done'],
  'an inode filler': [
    'perl',
    '-e',
    'while (1) { my $i = 0; while (open my $f, ">", "/root/" . $i++) {} unlink glob "/root/*" }',
  ],
  'an output flood': ['yes'],
  'a zombie maker': ['perl', '-e', 'while (1) { 1 while defined(my $p = fork) && ($p || exit); 1 while wait > 0 }'],
  'one who ignores SIGTERM': ['perl', '-e', '$SIG{TERM} = "IGNORE"; 1 while 1'],
  'one who ties links into knots': [
    'sh',
    '-c',
    'cd /root; while :; do ln -sfn ../../../proc/1/root a; ln -sfn a/root/b b; ls -RL /root > /dev/null 2>&1; done',
  ],
  'one who reads and writes all of /proc': [
    'sh',
    '-c',
    'while :; do cat /proc/[0-9]*/* /proc/sys/*/* > /dev/null; echo 1 > /proc/sys/vm/drop_caches; done 2> /dev/null',
  ],
  'one who talks garbage to the init': [
    'sh',
    '-c',
    'while :; do for end in /proc/1/fd/*; do head -c 1000 /dev/urandom > $end; done; done 2> /dev/null',
  ],
};

/** How long commands of a neighbour take beside each of them, held against what they take while it is paused. */
export async function judgeNeighbours(api: Api): Promise<readonly Verdict[]> {
  const neighbour = await createSandbox(api);
  try {
    await timesOf(api, neighbour, counts.warmUp);
    const verdicts: Verdict[] = [];
    for (const [name, argv] of Object.entries(guests)) verdicts.push(await judge(api, neighbour, name, argv));
    return verdicts;
  } finally {
    await destroySandbox(api, neighbour);
  }
}

async function judge(api: Api, neighbour: string, name: string, argv: readonly string[]): Promise<Verdict> {
  const guest = await createSandbox(api, limits);
  const there = { sandboxId: guest };
  const times = { beside: [] as number[], calm: [] as number[] };
  await api.processes.startProcess({ ...there, argv: [...argv] });
  // By spells, so that whatever else happens on the machine meets both alike.
  for (let spell = 0; spell < counts.spells; spell += 1) {
    times.beside.push(...(await timesOf(api, neighbour, counts.runs)));
    await api.sandboxes.pauseSandbox(there);
    times.calm.push(...(await timesOf(api, neighbour, counts.runs)));
    await api.sandboxes.resumeSandbox(there);
  }
  await destroySandbox(api, guest);
  const [beside, calm] = [summarise(times.beside), summarise(times.calm)];
  const ratio = beside.p99 / calm.p99;
  return {
    what: `true beside ${name}`,
    measured: sayTimes(beside),
    baseline: `calm: ${sayTimes(calm)}; ${sayRatio(ratio)}`,
    limit: `p99 at most ${sayRatio(limitRatio)}`,
    ok: ratio <= limitRatio,
  };
}

async function timesOf(api: Api, sandboxId: string, count: number): Promise<readonly number[]> {
  const times: number[] = [];
  for (let turn = 0; turn < count; turn += 1) times.push(await timeOf(() => runTrue(api, sandboxId)));
  return times;
}
