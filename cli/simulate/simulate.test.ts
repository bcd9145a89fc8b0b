import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import { HostStatus } from '#proto/muster/v1/host_pb.js';
import { expectEventually, startTestControlPlane } from '../../control-plane/testing/index.ts';

const muster = fileURLToPath(new URL('../../bin/muster.mjs', import.meta.url));
const home = await mkdtemp(join(tmpdir(), 'muster-simulate-'));
const plane = await startTestControlPlane();
afterAll(async () => {
  await plane.stop();
  await rm(home, { recursive: true });
});

test('simulated hosts are there until Ctrl-C, which leaves neither hosts nor sandboxes nor a process', async () => {
  const { hosts, sandboxes } = plane.admin.clients;
  const environment = { MUSTER_TOKEN: plane.admin.token, MUSTER_SERVER: plane.url, HOME: home, XDG_CONFIG_HOME: home };
  // A process group of its own, as a terminal gives to what runs in its foreground.
  const child = spawn(process.execPath, [muster, 'simulate', '--hosts', '3', '--sandboxes', '2'], {
    env: { PATH: process.env['PATH'], ...environment },
    stdio: ['ignore', 'ignore', 'pipe'],
    detached: true,
  });
  let said = '';
  child.stderr.on('data', (text: Buffer) => (said += text.toString()));
  // Its standard error ends with the last process that has it.
  const ended = once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]>;
  const group = -child.pid!; // it was started
  try {
    await expectEventually(async () => (await sandboxes.listSandboxes({})).sandboxes.length, 2, 120_000);
    expect(said).toContain('3 hosts have joined. Ctrl-C ends them and removes them again.');
    const listed = (await hosts.listHosts({})).hosts;
    expect(listed.map(({ name }) => name).toSorted()).toEqual(['simulated-1', 'simulated-2', 'simulated-3']);
    expect(listed.every(({ status }) => status === HostStatus.ONLINE)).toBe(true);
    process.kill(group, 'SIGINT');
    const [code] = await ended;
    expect(said).toContain('Destroying the sandboxes and deleting the hosts');
    expect(code).toBe(0);
  } finally {
    if (child.exitCode === null && child.signalCode === null) process.kill(group, 'SIGKILL');
  }
  expect((await hosts.listHosts({})).hosts).toEqual([]);
  expect((await sandboxes.listSandboxes({})).sandboxes).toEqual([]);
}, 240_000);
