import { execFile } from 'node:child_process';
import { existsSync, lstatSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, expect, test } from 'vitest';
import { startTestControlPlane } from '../../control-plane/testing/index.ts';
import { packAgent } from '../../control-plane/server/install/bundle.ts';
import { removeSandboxes } from '../../local/agent/remove-sandboxes.ts';
import { needs } from '../../local/system-packages/catalog.ts';
import { HostStatus } from '#proto/muster/v1/host_pb.js';
import { eventually } from '../support/eventually.ts';
import { startCommand } from '../support/process.ts';
import { shell } from '../support/run.ts';

const prefix = mkdtempSync(join(tmpdir(), 'muster-install-'));
const controlPlane = await startTestControlPlane();
const { url, admin } = controlPlane;
const { clients } = admin;
afterAll(async () => {
  await controlPlane.stop();
  rmSync(prefix, { recursive: true });
});

const run = promisify(execFile);
const path = (...names: string[]) => join(prefix, ...names);
/** Runs what the control plane serves, as the command of the dialog does; without sudo, for the test is root. */
const install = (environment: Readonly<Record<string, string>> = {}) =>
  run('sh', ['-c', `curl -fsS ${url}/install | sh`], {
    env: { PATH: process.env['PATH'], MUSTER_INSTALL_PREFIX: prefix, MUSTER_INSTALL_PACKAGES: 'no', ...environment },
  });

test('the command of the dialog installs an agent on an empty machine, which joins and runs sandboxes', async () => {
  const { host, joinToken } = await clients.hosts.createHost({ name: 'installed' });
  expect(joinToken!.installCommand).toBe(`curl -fsS ${url}/install | sudo sh`);
  const hostId = host!.id;
  await expect(install()).rejects.toMatchObject({ stderr: expect.stringContaining('MUSTER_JOIN_TOKEN_FILE') });
  const tokenFile = path('token');
  writeFileSync(tokenFile, `${joinToken!.token}\n`, { mode: 0o600 });
  const { stdout } = await install({ MUSTER_JOIN_TOKEN_FILE: tokenFile });
  expect(stdout).toContain(`${path('opt/muster-agent/current/bin/muster-agent')} run`);
  expect(existsSync(path('etc/systemd/system/muster-agent.service'))).toBe(true);
  expect(lstatSync(path('var/lib/muster-agent/credentials.json')).mode & 0o777).toBe(0o600);

  const agent = startCommand('the installed agent', path('usr/local/bin/muster-agent'), [
    'run',
    '--data-dir',
    path('var/lib/muster-agent'),
  ]);
  try {
    const read = async () => (await clients.hosts.getHost({ hostId })).host!;
    const ready = async () => {
      const { status, connected, specs } = await read();
      return status === HostStatus.ONLINE && connected && specs!.templates.includes('base');
    };
    await eventually(`it is online: ${agent.output()}`, ready, 300_000);
    const buildInfo = readFileSync(path('opt/muster-agent/current/host-agent/build-info.json'), 'utf8');
    const { sha } = JSON.parse(buildInfo) as { sha: string }; // our own file
    expect(sha).toMatch(/^[0-9a-f]{40}$/);
    await eventually('it tells what it is built from', async () => {
      const { reports } = await clients.fleet.listComponentReports({ hostId });
      return reports.some(({ component, runningSha }) => component === 'muster-agent' && runningSha === sha);
    });
    const { sandbox } = await clients.sandboxes.createSandbox({});
    const { stdout: said, hostId: where } = await shell(clients, sandbox!.id, 'echo it runs');
    expect({ said, where }).toEqual({ said: 'it runs\n', where: hostId });
    // Again, while it runs: the same version, without a token. What versions of before have left is removed.
    const left = [path('opt/muster-agent/node-0123456789ab'), path('opt/muster-agent/versions/0123456789ab')];
    for (const file of left) writeFileSync(file, '');
    expect((await install()).stdout).toContain('has joined before');
    expect(left.filter(existsSync)).toEqual([]);
    expect(existsSync(path('opt/muster-agent/current/node'))).toBe(true);
    await clients.sandboxes.destroySandbox({ sandboxId: sandbox!.id });
  } finally {
    await agent.stop();
    // Only where the test has failed there are any.
    await removeSandboxes({ environment: {} }, { agent: path('var/lib/muster-agent') });
  }
});

test('the same tree always makes the same bundle, without types and tests', async () => {
  const served = Buffer.from(await (await fetch(`${url}/install/agent.tgz`)).arrayBuffer());
  const [one, other] = await Promise.all([packAgent(), packAgent()]);
  expect(one.sha256).toBe(other.sha256);
  expect(served.length).toBeLessThan(8 * 1024 * 1024);
  writeFileSync(path('agent.tgz'), served);
  const { stdout } = await run('tar', ['-tzf', path('agent.tgz')], { maxBuffer: 16 * 1024 * 1024 });
  expect(stdout).toMatch(/^host-agent\/init\/native\/main\.c$/m);
  expect(stdout).not.toMatch(/\.test\.ts$|\.d\.ts$|vitest|\/testing\//m);
});

test('what is not what the script names is not installed', async () => {
  const script = await (await fetch(`${url}/install`)).text();
  const forged = path('forged.sh');
  writeFileSync(forged, script.replace(/^agent_sha256='.*'$/m, `agent_sha256='${'0'.repeat(64)}'`));
  const env = { PATH: process.env['PATH'], MUSTER_INSTALL_PREFIX: path('other'), MUSTER_INSTALL_PACKAGES: 'no' };
  await expect(run('sh', [forged], { env })).rejects.toMatchObject({
    stderr: expect.stringContaining('/install/agent.tgz is not what this script names'),
  });
  expect(existsSync(path('other/opt/muster-agent/current'))).toBe(false);
  // Cut off anywhere before its end, it does nothing.
  writeFileSync(forged, script.slice(0, -10));
  await run('sh', [forged], { env });
});

test('the script looks for the same packages as npm start', () => {
  const script = readFileSync('control-plane/server/install/install.sh', 'utf8');
  for (const name of needs.flatMap(({ packages }) => packages))
    expect(script).toMatch(new RegExp(`need .*\\b${name}\\b`));
});
