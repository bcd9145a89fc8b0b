import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test, vi } from 'vitest';
import { startTestControlPlane } from '../../control-plane/testing/index.ts';
import { makeRepository } from '../../tests/support/repository.ts';
import { openTerminal } from '../testing/muster.ts';

const directory = mkdtempSync(join(tmpdir(), 'muster-cli-fleet-'));
const repository = makeRepository(directory, 'web');
const address = await freeAddress();
const controlPlane = await startTestControlPlane({
  env: { MUSTER_REPOSITORY_ROOTS: directory, MUSTER_LISTEN: address, MUSTER_LOCAL_REPOSITORY_POLL: '100ms' },
});
const admin = openTerminal(controlPlane.url, { MUSTER_TOKEN: controlPlane.admin.token });
afterAll(async () => {
  admin.remove();
  await controlPlane.stop();
  rmSync(directory, { recursive: true });
});

test('repositories are registered, listed with their head, and removed by name', async () => {
  expect((await admin.run('repositories', 'add', 'web', repository.path)).stdout).toMatch(
    /^web \(repo\w+\) is registered/,
  );
  const head = repository.git('rev-parse', 'HEAD').slice(0, 12);
  await vi.waitFor(async () => expect((await admin.run('repositories', 'list')).stdout).toContain(head), 30_000);
  expect(await admin.run('repositories', 'add', 'evil', 'ext::sh -c true')).toMatchObject({ code: 2, stdout: '' });
  expect(await admin.run('repositories', 'remove', 'nothing')).toMatchObject({ code: 5 });
  expect((await admin.run('repositories', 'remove', 'web')).code).toBe(0);
  expect((await admin.run('repositories', 'list')).stdout).toMatch(/^There are no repositories/);
});

test('the fleet is one sentence, and JSON for scripts', async () => {
  expect((await admin.run('fleet')).stdout).toMatch(/^\S.*\n/);
  expect(JSON.parse((await admin.run('fleet', '--json')).stdout)).toMatchObject({
    summary: { totalHosts: 0 },
    hosts: [],
  });
});

test(
  'a watched fleet goes on when the control plane comes back, and ends with Ctrl-C',
  { timeout: 120_000 },
  async () => {
    const watch = admin.start('fleet', '--watch', '--json');
    const snapshots = () =>
      watch
        .stdout()
        .split('\n')
        .filter((line) => line.includes('"snapshot"')).length;
    await vi.waitFor(() => expect(snapshots()).toBeGreaterThan(0), 30_000);
    const before = snapshots();
    await controlPlane.replica.stop(100);
    await vi.waitFor(() => expect(watch.stderr()).toContain('is away; trying again'), 30_000);
    await controlPlane.startReplica();
    await vi.waitFor(() => expect(snapshots()).toBeGreaterThan(before), 30_000);
    watch.interrupt();
    expect((await watch.finished).code).toBe(130);
  },
);

function freeAddress(): Promise<string> {
  const server = createServer();
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const found = server.address();
      server.close(() => resolve(`127.0.0.1:${typeof found === 'object' && found ? found.port : 0}`));
    });
  });
}
