import { afterAll, beforeAll, expect, test } from 'vitest';
import { expectEventually, startTestControlPlane } from '../../control-plane/testing/index.ts';
import { startSimulatedHost } from '../../simulator/index.ts';
import { openTerminal } from '../testing/muster.ts';

const controlPlane = await startTestControlPlane();
const admin = openTerminal(controlPlane.url, { MUSTER_TOKEN: controlPlane.admin.token });
afterAll(async () => {
  admin.remove();
  await controlPlane.stop();
});

beforeAll(async () => {
  expect((await admin.run('hosts', 'create', 'builder-1', '--label', 'zone=north')).code).toBe(0);
});

test('registering a machine prints nothing but the command to run on it to standard output', async () => {
  const { code, stdout, stderr } = await admin.run('hosts', 'create', 'builder-2');
  expect(code).toBe(0);
  expect(stdout).toMatch(/^\S.* join --server \S+ --fingerprint SHA256:\S+ --token mst_join_\w+\n$/);
  expect(stderr).toContain('builder-2');
  expect(stderr).toContain(`\ncurl -fsS ${controlPlane.url}/install | sudo sh\n`);
});

test('hosts stand in an aligned table, and are found by their name', async () => {
  const { stdout } = await admin.run('hosts', 'list');
  const [heading, first] = stdout.split('\n');
  expect(first).toMatch(/^builder-1 +pending/);
  expect(first!.indexOf('host')).toBe(heading!.indexOf('ID'));
  const shown = await admin.run('hosts', 'show', 'builder-1');
  expect(shown.stdout).toContain('Labels      zone=north');
});

test('a host that can give its sandboxes no network says why', async () => {
  const { joinToken } = await controlPlane.admin.clients.hosts.createHost({ name: 'confined' });
  const host = await startSimulatedHost({
    serverUrl: controlPlane.url,
    joinToken: joinToken!.token,
    fingerprint: controlPlane.services.installation.fingerprint,
    specs: { egressProblem: 'It needs nftables.' },
  });
  const network = async () => /^Network +(.*)$/m.exec((await admin.run('hosts', 'show', 'confined')).stdout)?.[1];
  expect(await network()).toBe('none only: It needs nftables.');
  await host.setSpecs({ egress: true, egressProblem: '' });
  await expectEventually(network, 'none, egress');
  await host.stop();
  await admin.run('hosts', 'delete', 'confined', '--force');
});

test('JSON always has the same shape', async () => {
  const { stdout } = await admin.run('hosts', 'show', 'builder-1', '--json');
  expect(JSON.parse(stdout)).toMatchObject({
    host: {
      name: 'builder-1',
      status: 'HOST_STATUS_PENDING',
      connected: false,
      cordonReason: '',
      labels: { zone: 'north' },
    },
  });
});

test('cordoning and uncordoning show', async () => {
  expect((await admin.run('hosts', 'cordon', 'builder-1', '--reason', 'new disk')).code).toBe(0);
  expect((await admin.run('hosts', 'show', 'builder-1')).stdout).toMatch(
    /State +pending, cordoned\nCordoned +new disk\n/,
  );
  expect((await admin.run('hosts', 'uncordon', 'builder-1')).stdout).toBe('builder-1 takes sandboxes again.\n');
});

test('what is wrong is said in one sentence, with an exit code of its own', async () => {
  const member = openTerminal(controlPlane.url, { MUSTER_TOKEN: controlPlane.other.token });
  expect(await admin.run('hosts', 'show', 'nobody')).toMatchObject({
    code: 5,
    stderr: 'There is no host named nobody. See muster hosts list.\n',
  });
  expect(await admin.run('hosts', 'create', 'builder-1')).toMatchObject({ code: 6, stdout: '' });
  const refused = await member.run('hosts', 'create', 'mine');
  expect(refused).toMatchObject({ code: 6, stdout: '' });
  expect(refused.stderr).toContain('Ask a platform admin to let it bring its own hosts.');
  expect(await admin.run('hosts', 'create', 'x', '--cpu-overcommit', 'lots')).toMatchObject({ code: 2 });
  expect(await admin.run('hosts', 'cordon', 'builder-1')).toMatchObject({ code: 2 });
  member.remove();
});

test('a team brings a host of its own: its owner registers, sees and deletes it; who sees two of a name gives the id', async () => {
  const { teamId } = controlPlane.other;
  await controlPlane.admin.clients.teams.setTeamOwnHosts({ teamId, ownHosts: true });
  const owner = openTerminal(controlPlane.url, { MUSTER_TOKEN: controlPlane.other.token });
  const created = await owner.run('hosts', 'create', 'twin');
  expect(created.stderr).toContain("is registered for Grace's team");
  expect((await admin.run('hosts', 'create', 'twin')).code).toBe(0);
  expect((await owner.run('hosts', 'list', '--team', teamId)).stdout).toMatch(
    /^NAME +STATE +OWNER.*\ntwin +pending +Grace's team/,
  );
  expect((await admin.run('hosts', 'list', '--platform')).stdout).not.toContain("Grace's team");
  const ambiguous = await admin.run('hosts', 'show', 'twin');
  expect(ambiguous).toMatchObject({ code: 2 });
  const [id] = /host[0-9a-z]{12,}(?= \(Grace's team\))/.exec(ambiguous.stderr) ?? [];
  expect((await owner.run('hosts', 'show', id!)).stdout).toContain("Owner       Grace's team");
  expect((await owner.run('hosts', 'join-token', id!)).stdout).toMatch(/ --token mst_join_\w+\n$/);
  expect((await owner.run('hosts', 'delete', id!)).stdout).toBe(`${id} is deleted.\n`);
  expect((await admin.run('hosts', 'delete', 'twin')).code).toBe(0);
  owner.remove();
});

test('a deleted host is gone', async () => {
  await admin.run('hosts', 'create', 'short-lived');
  expect((await admin.run('hosts', 'delete', 'short-lived')).stdout).toBe('short-lived is deleted.\n');
  expect((await admin.run('hosts', 'show', 'short-lived')).code).toBe(5);
});

test('draining, unlocking, previewing a deletion, drift, unknown sandboxes and the signing key have their commands', async () => {
  expect((await admin.run('hosts', 'create', 'emptied')).code).toBe(0);
  expect(await admin.run('hosts', 'drain', 'emptied')).toMatchObject({ code: 2 });
  expect(await admin.run('hosts', 'drain', 'emptied', '--reason', 'x', '--then', 'explode')).toMatchObject({ code: 2 });
  const drained = await admin.run('hosts', 'drain', 'emptied', '--reason', 'new disk', '--then', 'destroy', '--wait');
  expect(drained).toMatchObject({ code: 0 });
  expect(drained.stdout).toMatch(/Drained: nothing runs there any more\.\n$/);
  expect((await admin.run('hosts', 'list')).stdout).toMatch(/emptied +pending, drained/);
  expect((await admin.run('hosts', 'unlock', 'emptied', '--reason', 'looked')).stdout).toContain('is unlocked');
  expect((await admin.run('hosts', 'delete', 'emptied', '--dry-run')).stdout).toBe(
    'emptied has no sandboxes.\nNothing was done.\n',
  );
  expect((await admin.run('hosts', 'drift')).stdout).toContain('There is no drift');
  expect(await admin.run('hosts', 'drift', '--accept')).toMatchObject({ code: 2 });
  expect((await admin.run('hosts', 'unknown', 'emptied')).stdout).toBe(
    'Hosts run nothing that the database does not know.\n',
  );
  const settle = ['hosts', 'settle-unknown', 'emptied', 'sbx000000000000000', '--reason', 'known'];
  expect(await admin.run(...settle)).toMatchObject({ code: 2 });
  expect(await admin.run(...settle, '--release')).toMatchObject({ code: 5 });
  const rotated = await admin.run('hosts', 'rotate-signing-key', '--reason', 'an operator left', '--json');
  const { signingKeyId, nextKeyId } = JSON.parse(rotated.stdout) as Record<string, string>;
  const jwks = await fetch(`${controlPlane.url}/.well-known/jwks.json`);
  const { keys } = (await jwks.json()) as { keys: { kid: string }[] };
  // It was published long before it signs.
  expect(keys.map(({ kid }) => kid)).toContain(signingKeyId);
  expect(nextKeyId).not.toBe(signingKeyId);
  expect((await admin.run('hosts', 'delete', 'emptied')).code).toBe(0);
});
