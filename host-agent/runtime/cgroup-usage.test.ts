import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { CgroupUsageReader } from './cgroup-usage.ts';

let root = '';
afterEach(() => rmSync(root, { recursive: true, force: true }));

/** What the kernel shows, as files. */
function mounted(files: Readonly<Record<string, string>>): string {
  root = mkdtempSync(join(tmpdir(), 'muster-cgroup-'));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return root;
}

const used = { cpuMs: 1500, memoryBytes: 3000, pids: 7 };
const cost = { cpuMs: 1500, throttledMs: 250, oomKills: 2, refusedPids: 3 };

test('a machine with one hierarchy is understood', () => {
  const reader = new CgroupUsageReader(
    { mode: 'unified' },
    '/muster/one',
    mounted({
      'muster/one/cpu.stat': 'usage_usec 1500000\nuser_usec 1\nnr_throttled 4\nthrottled_usec 250000\n',
      'muster/one/memory.current': '4000\n',
      'muster/one/memory.stat': 'anon 2000\nfile 2000\nactive_file 1\ninactive_file 1000\n',
      'muster/one/memory.events': 'low 0\nhigh 0\nmax 9\noom 2\noom_kill 2\noom_group_kill 0\n',
      'muster/one/pids.current': '7\n',
      'muster/one/pids.events': 'max 3\n',
      'muster/one/cgroup.procs': '41\n42\n',
    }),
  );
  expect(reader.usage()).toEqual(used);
  expect(reader.totals()).toEqual(cost);
  expect(reader.pids()).toEqual([41, 42]);
});

test('so is one with a hierarchy for each controller', () => {
  const reader = new CgroupUsageReader(
    { mode: 'split' },
    '/muster/one',
    mounted({
      'cpuacct/muster/one/cpuacct.usage': '1500000000\n',
      'cpu/muster/one/cpu.stat': 'nr_periods 9\nnr_throttled 4\nthrottled_time 250000000\n',
      'memory/muster/one/memory.usage_in_bytes': '4000\n',
      'memory/muster/one/memory.stat': 'inactive_file 1\ntotal_inactive_file 1000\n',
      'memory/muster/one/memory.oom_control': 'oom_kill_disable 0\nunder_oom 0\noom_kill 2\n',
      'pids/muster/one/pids.current': '7\n',
      'pids/muster/one/pids.events': 'max 3\n',
      'pids/muster/one/cgroup.procs': '41\n42\n',
    }),
  );
  expect(reader.usage()).toEqual(used);
  expect(reader.totals()).toEqual(cost);
  expect(reader.pids()).toEqual([41, 42]);
});

test('one that is not there uses nothing that could be told', () => {
  const reader = new CgroupUsageReader({ mode: 'unified' }, '/muster/one', mounted({}));
  expect(reader.usage()).toBeUndefined();
  expect(reader.totals()).toBeUndefined();
  expect(reader.pids()).toEqual([]);
});
