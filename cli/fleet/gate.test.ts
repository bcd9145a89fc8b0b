import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { create } from '@bufbuild/protobuf';
import { afterAll, expect, test, vi } from 'vitest';
import { ComponentReportSchema } from '#proto/muster/agent/v1/enrolment_pb.js';
import { BuildSource } from '#proto/muster/v1/fleet_pb.js';
import { recordComponentReports } from '../../control-plane/fleet/index.ts';
import { startTestControlPlane } from '../../control-plane/testing/index.ts';
import { makeRepository } from '../../tests/support/repository.ts';
import { freeAddress } from '../testing/free-address.ts';
import { openTerminal } from '../testing/muster.ts';

const directory = mkdtempSync(join(tmpdir(), 'muster-cli-gate-'));
const repository = makeRepository(directory, 'web');
const plane = await startTestControlPlane({
  env: {
    MUSTER_REPOSITORY_ROOTS: directory,
    MUSTER_LISTEN: await freeAddress(),
    MUSTER_LOCAL_REPOSITORY_POLL: '100ms',
  },
});
let { replica } = plane;
const admin = openTerminal(plane.url, { MUSTER_TOKEN: plane.admin.token });
const hostId = 'host0123456789abcdef';
await replica.services
  .pool`insert into hosts (id, name, status, joined_at, last_seen_at) values (${hostId}, 'web-1', 'online', now(), now())`;
await plane.admin.clients.fleet.registerRepository({ name: 'web', url: repository.path });
afterAll(async () => {
  admin.remove();
  await plane.stop();
  rmSync(directory, { recursive: true });
});

const report = (runningSha: string) =>
  recordComponentReports(replica.services.pool, [
    {
      hostId,
      reports: [
        create(ComponentReportSchema, {
          component: 'web',
          repository: 'web',
          runningSha,
          buildSource: BuildSource.BAKED,
        }),
      ],
    },
  ]);
const head = () => repository.git('rev-parse', 'HEAD');
const gate = (...args: string[]) => admin.run('fleet', 'assert', '--repository', 'web', ...args);

test('it ends with 0 where main runs everywhere, with 1 where it does not, and says why', async () => {
  await report(head());
  const passed = await gate();
  expect(passed).toMatchObject({ code: 0, stderr: '' });
  expect(passed.stdout).toMatch(/^PASS: The one selected host runs \w{7} \(main\)\.\n$/);
  repository.commit('Move on');
  const failed = await gate();
  expect(failed.code).toBe(1);
  expect(failed.stdout).toMatch(
    /^FAIL: 1 of 1 host does not run .*: web-1\.\n\nHOST .*\nweb-1 +not met +web: It lacks 1 commit of main\.\n$/,
  );
  const json = await gate('--json');
  expect(json.code).toBe(1);
  expect(JSON.parse(json.stdout)).toMatchObject({ verdict: 'ASSERT_VERDICT_FAIL', hosts: [{ hostName: 'web-1' }] });
  expect((await gate('--label', 'zone=nowhere')).code).toBe(1);
});

test('it ends with 3 where the time is over, and with 2 where the branch moves on', async () => {
  expect((await admin.run('fleet', 'wait', '--repository', 'web', '--wait', '1s')).code).toBe(3);
  const waiting = admin.start('fleet', 'wait', '--repository', 'web');
  await vi.waitFor(() => expect(waiting.stderr()).toContain('does not run'), 30_000);
  repository.commit('And on');
  const superseded = await waiting.finished;
  expect(superseded.code).toBe(2);
  expect(superseded.stdout).toMatch(/^SUPERSEDED: main has moved on from/);
});

test('it waits until the machine has come', async () => {
  const waiting = admin.start('fleet', 'assert', '--repository', 'web', '--sha', head(), '--wait', '1m');
  await vi.waitFor(() => expect(waiting.stderr()).toContain('does not run'), 30_000);
  await report(head());
  expect(await waiting.finished).toMatchObject({ code: 0 });
});

test(
  'a wait goes on after a restart of the control plane, for the head that it began with',
  { timeout: 120_000 },
  async () => {
    const before = head();
    repository.commit('Wait for this');
    const wanted = head();
    const [waiting, overtaken] = [
      admin.start('fleet', 'wait', '--repository', 'web', '--wait', '10m'),
      admin.start('fleet', 'wait', '--repository', 'web', '--sha', wanted, '--wait', '10m'),
    ];
    await report(before);
    for (const one of [waiting, overtaken])
      await vi.waitFor(() => expect(one.stderr()).toContain(`does not run ${wanted.slice(0, 7)}`), 30_000);
    await replica.stop(100);
    for (const one of [waiting, overtaken])
      await vi.waitFor(() => expect(one.stderr()).toContain('is away; trying again'), 30_000);
    // While nobody looks, the branch moves on.
    repository.commit('And this');
    replica = await plane.startReplica();
    const superseded = await waiting.finished;
    expect(superseded).toMatchObject({ code: 2 });
    expect(superseded.stdout).toContain(`main has moved on from ${wanted.slice(0, 7)}`);
    await report(wanted);
    expect(await overtaken.finished).toMatchObject({ code: 0 });
  },
);

test('a gate that was not asked never ends with the code of an answer', async () => {
  const nobody = openTerminal(plane.url, { MUSTER_TOKEN: 'mst_nothing' });
  const codes = await Promise.all([
    nobody.run('fleet', 'assert', '--repository', 'web'),
    admin.run('fleet', 'assert'),
    gate('--wat'),
    gate('--min-hosts', '0'),
    gate('--sha', head().slice(0, 12)),
    gate('--sha', head(), '--ref', 'main'),
    admin.run('fleet', 'assert', '--repository', 'nothing'),
    admin.run('fleet', 'assert', '--repository', 'web', '--server', 'http://127.0.0.1:1'),
  ]);
  nobody.remove();
  expect(codes.map(({ code }) => code)).toEqual(Array(8).fill(125));
  for (const { stdout, stderr } of codes) {
    expect(stdout).toBe('');
    expect(stderr).not.toBe('');
  }
  expect((await admin.run('fleet', 'assert', '--help')).code).toBe(0);
});

test('what ran when, pins and the export', async () => {
  await report(head());
  const history = await admin.run('fleet', 'history', hostId);
  expect(history.stderr).toBe('');
  expect(history.stdout).toMatch(/^FROM .*\n\S+Z +now +\S.* web +\w{12} +And this\n/);
  expect((await admin.run('fleet', 'history', hostId, '--at', '1d')).stdout).toMatch(/^Nothing was reported there/);
  const first = repository.git('rev-list', '--max-parents=0', 'HEAD');
  const pinned = await admin.run('fleet', 'pin', hostId, 'web', first, '--reason', 'Wait for parts', '--until', '2d');
  expect(pinned.stdout).toMatch(/^web on host\w+ is held at \w{12} until /);
  expect((await admin.run('fleet', 'status')).stdout).toContain('Deploy its pin');
  expect((await admin.run('fleet', 'unpin', hostId, 'web')).stdout).toBe(`web on ${hostId} follows its branch.\n`);
  const out = join(directory, 'fleet.csv');
  expect((await admin.run('fleet', 'export', '--out', out)).stderr).toBe(`Wrote 1 row to ${out}.\n`);
  expect(readFileSync(out, 'utf8')).toMatch(/^host_id,host,.*\r\n"host0123456789abcdef","web-1"/);
  expect((await admin.run('fleet', 'export', '--format', 'jsonl')).stdout).toContain('"hostName":"web-1"');
  expect((await admin.run('fleet', 'export', '--out', out)).code).toBe(1);
});
