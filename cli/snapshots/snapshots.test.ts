import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { startTestControlPlane } from '../../control-plane/testing/index.ts';
import { startSimulatedHost } from '../../simulator/index.ts';
import { openTerminal } from '../testing/muster.ts';

const controlPlane = await startTestControlPlane();
const muster = openTerminal(controlPlane.url, { MUSTER_TOKEN: controlPlane.admin.token });
const { joinToken } = await controlPlane.admin.clients.hosts.createHost({ name: 'simulated' });
const host = await startSimulatedHost({
  serverUrl: controlPlane.url,
  joinToken: joinToken!.token,
  fingerprint: controlPlane.services.installation.fingerprint,
});
afterAll(async () => {
  muster.remove();
  await host.stop();
  await controlPlane.stop();
});

let sandboxId: string;
beforeAll(async () => {
  await vi.waitFor(
    async () => expect((await muster.run('hosts', 'list')).stdout).toMatch(/^simulated +online {2}/m),
    30_000,
  );
  sandboxId = (await muster.run('sandboxes', 'create')).stdout.trim();
});

test('a snapshot is taken, listed, shown, forked from and deleted', async () => {
  const taken = await muster.run('sandboxes', 'snapshot', sandboxId, '--name', 'before');
  expect(taken).toMatchObject({ code: 0, stderr: expect.stringContaining('muster sandboxes create --template snap') });
  const id = taken.stdout.trim();
  expect((await muster.run('snapshots', 'list')).stdout).toMatch(
    new RegExp(`^${id} +before +ready +${sandboxId}`, 'm'),
  );
  expect((await muster.run('snapshots', 'show', id)).stdout).toMatch(/^Digest +sha256:[0-9a-f]{64}$/m);
  const forks = (await muster.run('sandboxes', 'fork', sandboxId, '--count', '2', '--snapshot', id)).stdout.trim();
  expect(forks.split('\n')).toHaveLength(2);
  const { stdout } = await muster.run('sandboxes', 'fork', '--json', sandboxId);
  expect(JSON.parse(stdout)).toMatchObject({ sandboxes: [{ stateLabel: 'Running' }] });
  expect((await muster.run('snapshots', 'delete', id)).stdout).toBe(`${id}: deleted\n`);
  expect((await muster.run('snapshots', 'list')).stdout).toMatch(/^There are no snapshots\./);
  expect((await muster.run('snapshots', 'show', id)).code).toBe(5);
});

test('a template is built with its progress shown, used, listed and deleted', async () => {
  const built = await muster.run('templates', 'create', 'tools', '--packages', 'git,jq');
  expect(built).toMatchObject({ code: 0, stderr: '50 % Building git jq\n' });
  const id = built.stdout.trim();
  expect((await muster.run('templates', 'list')).stdout).toMatch(/^tools +1 +ready +Debian with git, jq/m);
  expect(JSON.parse((await muster.run('templates', 'show', '--json', id)).stdout)).toMatchObject({
    template: { name: 'tools', state: 'TEMPLATE_STATE_READY' },
  });
  expect((await muster.run('sandboxes', 'create', '--template', 'tools')).code).toBe(0);
  expect((await muster.run('templates', 'delete', id)).code).toBe(0);
  expect((await muster.run('sandboxes', 'create', '--template', 'tools')).stderr).toContain('without this template');
  expect((await muster.run('templates', 'create', 'tools')).code).toBe(2);
});
