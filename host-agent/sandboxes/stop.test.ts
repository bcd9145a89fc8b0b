import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { findCgroups, SandboxCgroup, volumeLoops, volumeName } from '../runtime/index.ts';
import { eventually } from '../testing/eventually.ts';
import { openSandboxes } from './index.ts';
import { Place } from './testing/place.ts';

let place: Place;
beforeAll(async () => void (place = await Place.open()), 180_000);
afterAll(() => place.close());

const homeOf = (id: string) => join(place.options.dataDir, 'sandboxes/live', `${id}-1`);

test('a stopped sandbox has no processes, keeps its files, refuses commands, and goes on with them when it is started', async () => {
  const id = await place.create({ env: { COLOUR: 'green' } });
  await place.run(id, 'echo kept > /root/file; rm -r /usr/share/common-licenses; (sleep 1000 >/dev/null 2>&1 &)');
  const { revision } = place.state(id)!;
  expect(await place.sandboxes.stop(id, 1)).toMatchObject({ state: 'stopped', revision: revision + 1 });
  expect(await place.sandboxes.stop(id, 1)).toMatchObject({ state: 'stopped', revision: revision + 1 });
  expect(place.pids(id)).toEqual([]);
  expect(await volumeLoops(homeOf(id))).toEqual([]);
  await expect(place.run(id, 'true')).rejects.toMatchObject({
    reason: 'wrong_state',
    message: 'Commands run only in a running sandbox; this one is stopped. Start it first.',
  });
  await expect(place.sandboxes.pause(id, 1)).rejects.toMatchObject({ reason: 'wrong_state' });
  expect(await place.sandboxes.start(id, 1)).toMatchObject({ state: 'running' });
  expect(await place.sandboxes.start(id, 1)).toMatchObject({ state: 'running', revision: revision + 2 });
  const { stdout } = await place.run(
    id,
    'cat /root/file; echo $COLOUR; ls /usr/share/common-licenses 2>&1; pgrep sleep',
  );
  expect(stdout).toMatch(/^kept\ngreen\nls: cannot access/);
});

test('on a file system of its own, as data directories often are, a disk is let go before it is used again', async () => {
  const disk = mkdtempSync(join(tmpdir(), 'muster-test-disk-'));
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1g', 'muster-test', disk]);
  const dataDir = join(disk, 'data');
  mkdirSync(dataDir);
  const apart = await Place.open({ dataDir });
  try {
    const id = await apart.create();
    const home = join(dataDir, 'sandboxes/live', `${id}-1`);
    expect(await volumeLoops(home)).toHaveLength(1);
    await apart.run(id, 'echo kept > /root/file');
    await apart.sandboxes.stop(id, 1);
    expect(await volumeLoops(home)).toEqual([]);
    await apart.sandboxes.start(id, 1);
    expect((await apart.run(id, 'cat /root/file')).stdout).toBe('kept\n');
    // From the disk as it is in use, not from the file behind it.
    const { layers } = await apart.sandboxes.snapshot(id, 1, 'snap000000000001');
    const copy = await apart.create({ layers });
    expect((await apart.run(copy, 'cat /root/file')).stdout).toBe('kept\n');
  } finally {
    await apart.close();
    execFileSync('umount', ['--lazy', disk]);
    rmSync(disk, { recursive: true, force: true });
  }
});

test('processes are asked to end, and one that will not is killed', async () => {
  const id = await place.create();
  /** Leaves a shell behind that does this when it is asked to end; resolves when it would. */
  const leave = (name: string, whenAsked: string) =>
    place.run(
      id,
      `(trap '${whenAsked}' TERM; touch /root/${name}; while :; do sleep 0.05; done) >/dev/null 2>&1 &
      until [ -e /root/${name} ]; do sleep 0.05; done`,
    );
  await leave('willing', 'echo asked > /root/asked; exit');
  await place.sandboxes.stop(id, 1);
  await place.sandboxes.start(id, 1);
  expect((await place.run(id, 'cat /root/asked')).stdout).toBe('asked\n');
  await leave('unwilling', '');
  await place.sandboxes.stop(id, 1);
  expect(place.pids(id)).toEqual([]);
});

test('a paused sandbox can be stopped, and a stopped one outlives its agent and can be destroyed', async () => {
  const id = await place.create();
  await place.run(id, 'echo kept > /root/file');
  await place.sandboxes.pause(id, 1);
  await place.sandboxes.stop(id, 1);
  await place.reopen();
  expect(place.state(id)).toMatchObject({ state: 'stopped' });
  await place.sandboxes.start(id, 1);
  expect((await place.run(id, 'cat /root/file')).stdout).toBe('kept\n');
  await place.sandboxes.stop(id, 1);
  await place.sandboxes.destroy(id, 1);
  expect(existsSync(homeOf(id))).toBe(false);
});

test('after a reboot sandboxes are stopped with the reason, and can be started on their files', async () => {
  const [running, paused] = await Promise.all([place.create(), place.create()]);
  await place.run(running, 'echo kept > /root/file; sync');
  await place.sandboxes.pause(paused, 1);
  const disk = join(homeOf(running), volumeName);
  // A machine that goes down leaves the disk as it is in the midst of use, and nothing else: no processes, cgroups, mounts.
  copyFileSync(disk, `${disk}.used`);
  await place.sandboxes.close();
  const cgroups = await findCgroups();
  for (const id of [running, paused]) {
    const cgroup = new SandboxCgroup(cgroups, `/${place.options.cgroupParent}/${id}-1`);
    await cgroup.killAll();
    await cgroup.remove();
    await eventually('its disk is let go', async () => (await volumeLoops(homeOf(id))).length === 0);
  }
  renameSync(`${disk}.used`, disk);
  rmSync(join(place.options.dataDir, 'sandboxes/runtime'), { recursive: true });
  place.sandboxes = await openSandboxes({ ...place.options, bootId: 'the next one' });
  for (const id of [running, paused])
    expect(place.state(id)).toMatchObject({
      state: 'stopped',
      reason: 'The machine was restarted.',
      pausedByAgent: false,
    });
  await place.sandboxes.start(running, 1);
  expect((await place.run(running, 'cat /root/file')).stdout).toBe('kept\n');
  expect(JSON.parse(readFileSync(join(homeOf(running), 'record.json'), 'utf8'))).toMatchObject({
    bootId: 'the next one',
  });
});
