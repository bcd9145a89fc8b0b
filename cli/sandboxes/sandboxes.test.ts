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
  const { code, stdout, stderr } = await muster.run(
    'sandboxes',
    'create',
    '--metadata',
    'purpose=test',
    '--timeout',
    '2h',
  );
  expect({ code, stderr }).toMatchObject({ code: 0, stderr: expect.stringContaining('Running on simulated, ends in') });
  sandboxId = stdout.trim();
});

const run = (...args: string[]) => muster.run('sandboxes', 'run', sandboxId, '--', ...args);

test('creating prints the id alone to standard output', () => {
  expect(sandboxId).toMatch(/^sbx[0-9a-z]{12,}$/);
});

test('metadata is shown, and changed pair by pair', async () => {
  const metadata = (...args: string[]) => muster.run('sandboxes', 'metadata', sandboxId, ...args);
  expect((await metadata()).stdout).toBe(`${sandboxId}: purpose=test\n`);
  expect((await metadata('--set', 'color=red', '--set', 'name=mine')).stdout).toBe(
    `${sandboxId}: color=red, name=mine, purpose=test\n`,
  );
  const removed = await metadata('--remove', 'color', '--remove', 'name', '--json');
  expect(JSON.parse(removed.stdout)).toMatchObject({ sandbox: { metadata: { purpose: 'test' } } });
  expect(await metadata('--set', 'color=red', '--if-revision', '0')).toMatchObject({ code: 6 });
});

test("a command's output comes as it is, and its exit code is ours", async () => {
  expect(await run('echo', 'hello', '--json')).toEqual({ code: 0, stdout: 'hello --json\n', stderr: '' });
  expect(await run('sh', '-c', 'echo one; exit 7')).toEqual({ code: 7, stdout: 'one\n', stderr: '' });
  expect(await run('no-such-program')).toMatchObject({ code: 127, stdout: '' });
});

test('what is piped in goes to the command', async () => {
  const cat = ['sandboxes', 'run', sandboxId, '--', 'cat'];
  expect(await muster.pipe('line\n', ...cat)).toMatchObject({ code: 0, stdout: 'line\n' });
  expect(await muster.pipe('line\n', 'sandboxes', 'run', '--no-stdin', ...cat.slice(2))).toMatchObject({ stdout: '' });
});

test('Ctrl-C ends the command', async () => {
  const sleeping = muster.start('sandboxes', 'run', '--json', sandboxId, '--', 'sleep', '1000');
  await vi.waitFor(() => expect(sleeping.stdout()).toContain('"started"'), 30_000);
  sleeping.interrupt();
  expect((await sleeping.finished).code).toBe(130);
});

test('a paused sandbox runs nothing until it is resumed', async () => {
  expect((await muster.run('sandboxes', 'pause', sandboxId)).stdout).toBe(`${sandboxId}: Paused\n`);
  expect(await run('true')).toMatchObject({ code: 125, stdout: '' });
  expect((await muster.run('sandboxes', 'resume', sandboxId)).stdout).toBe(`${sandboxId}: Running\n`);
  expect((await run('true')).code).toBe(0);
});

test('a stopped sandbox runs nothing until it is started', async () => {
  expect((await muster.run('sandboxes', 'stop', sandboxId)).stdout).toBe(`${sandboxId}: Stopped\n`);
  expect(await run('true')).toMatchObject({ code: 125, stderr: expect.stringContaining('start it first') });
  const { stdout } = await muster.run('sandboxes', 'start', '--json', sandboxId);
  expect(JSON.parse(stdout)).toMatchObject({ sandbox: { stateLabel: 'Running' } });
  expect((await run('true')).code).toBe(0);
});

test('a sandbox is told on creation what becomes of it and what use does to it', async () => {
  const { stdout } = await muster.run(
    'sandboxes',
    'create',
    '--json',
    '--on-expiry',
    'stop',
    '--auto-resume',
    '--auto-renew',
    '10m',
  );
  const { sandbox } = JSON.parse(stdout) as { sandbox: { id: string } };
  expect(sandbox).toMatchObject({ onExpiry: 'EXPIRY_ACTION_STOP', autoResume: true, autoRenew: '600s' });
  const end = async () => /^Ends +(.*)$/m.exec((await muster.run('sandboxes', 'show', sandbox.id)).stdout)?.[1];
  expect(await end()).toMatch(/^in (1 h|59 m .*), when it is stopped$/);
  await muster.run('sandboxes', 'stop', sandbox.id);
  expect(await end()).toBe('not while it rests');
  expect(await muster.run('sandboxes', 'run', sandbox.id, '--', 'echo', 'awake')).toMatchObject({ stdout: 'awake\n' });
  await muster.run('sandboxes', 'destroy', sandbox.id);
  expect((await muster.run('sandboxes', 'create', '--no-expiry')).stderr).toContain('no sandboxes without an end');
});

test('sandboxes are found by metadata and host, and say what happened to them', async () => {
  const list = async (...args: string[]) => (await muster.run('sandboxes', 'list', ...args)).stdout;
  expect(await list('--metadata', 'purpose=test', '--host', 'simulated')).toContain(
    `${sandboxId}  Running  simulated  base`,
  );
  expect(await list('--metadata', 'purpose=other')).toMatch(/^There are no sandboxes\./);
  expect((await muster.run('sandboxes', 'show', sandboxId)).stdout).toMatch(/^Metadata {3}purpose=test$/m);
  expect((await muster.run('sandboxes', 'events', sandboxId)).stdout).toMatch(/ running +running +\S/);
  expect((await muster.run('sandboxes', 'renew', sandboxId, '--timeout', '12h')).stdout).toMatch(
    /: ends in (12 h|11 h 59 m)\n$/,
  );
});

test('what a sandbox may reach is set rule by rule, and said in words', async () => {
  const network = (...args: string[]) => muster.run('sandboxes', 'network', sandboxId, ...args);
  const deny = ['--egress-default', 'deny', '--allow', '203.0.113.0/24:443,8000-8999/tcp', '--deny', '203.0.113.9'];
  const said = `${sandboxId}: egress: deny 203.0.113.9/32; allow 203.0.113.0/24:443,8000-8999/tcp; resolve names; deny everything else\n`;
  expect(await network(...deny, '--resolve-names')).toMatchObject({ code: 0, stdout: said });
  expect(await network()).toMatchObject({ stdout: said });
  expect(await network('--network', 'none')).toMatchObject({ stdout: `${sandboxId}: no network\n` });
  expect(await network('--allow', 'packages.example')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('203.0.113.0/24:443'),
  });
});

test('the quota says what is used and what is left, and the list who is idle', async () => {
  await controlPlane.admin.clients.teams.setTeamQuota({
    teamId: controlPlane.admin.teamId,
    quota: { sandboxes: 3, cpu: 2.5, memoryMib: 4096n },
  });
  const { stdout, stderr } = await muster.run('sandboxes', 'quota');
  expect(stdout).toMatch(/^sandboxes +\d +3 +\d$/m);
  expect(stdout).toMatch(/^memory +.*MiB +4 GiB +.*GiB$/m);
  expect(stdout).toMatch(/^disk +.*GiB +no limit$/m);
  expect(stderr).toBe('Every sandbox must have an end (--no-expiry is not allowed).\n');
  const idle = (...args: string[]) => muster.run('sandboxes', 'list', '--idle', ...args);
  expect((await idle('1h')).stdout).toMatch(/^There are no sandboxes/);
  await controlPlane.services.pool`
    update sandboxes set last_activity_at = now() - interval '2 hours' where id = ${sandboxId}`;
  expect((await idle('1h')).stdout).toMatch(new RegExp(`^${sandboxId} +Running +simulated +.* 2 h ago`, 'm'));
  expect((await idle('3h')).stdout).toMatch(/^There are no sandboxes/);
});

test('what was not measured, and what was not written, is said', async () => {
  expect(await muster.run('sandboxes', 'metrics', sandboxId)).toMatchObject({
    code: 0,
    stdout: 'Measured  nothing yet: ask again in a second\n',
  });
  expect(await muster.run('sandboxes', 'metrics', '--by', 'minute', sandboxId)).toMatchObject({ code: 0 });
  expect(await muster.run('sandboxes', 'logs', sandboxId)).toEqual({
    code: 0,
    stdout: '',
    stderr: 'Nothing was written yet.\n',
  });
});

test('limits out of range name the field, with the exit code of a wrong command line', async () => {
  const { code, stderr } = await muster.run('sandboxes', 'create', '--memory', '1');
  expect(code).toBe(2);
  expect(stderr).toContain('limits.memory_mib');
});

test('a destroyed sandbox is gone from the list, not from its record', async () => {
  expect((await muster.run('sandboxes', 'destroy', sandboxId)).stdout).toBe(`${sandboxId}: Destroyed\n`);
  expect((await muster.run('sandboxes', 'list')).stdout).not.toContain(sandboxId);
  expect((await muster.run('sandboxes', 'list', '--all')).stdout).toContain(sandboxId);
  expect(await run('true')).toMatchObject({ code: 125 });
});
