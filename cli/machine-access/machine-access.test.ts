import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startSimulatedFleet, type SimulatedFleet } from '../../control-plane/hosts/testing/simulated-fleet.ts';
import { newPublicKey } from '../../control-plane/machine-access/testing/new-public-key.ts';
import { eventually } from '../../control-plane/testing/index.ts';
import { openTerminal, type MusterTerminal } from '../testing/muster.ts';

let fleet: SimulatedFleet;
let admin: MusterTerminal;
let other: MusterTerminal;
beforeAll(async () => {
  fleet = await startSimulatedFleet(0);
  await fleet.addHost('desk', { accounts: [{ name: 'tester', takesSupport: true, takesTesters: true }] });
  admin = openTerminal(fleet.plane.url, { MUSTER_TOKEN: fleet.plane.admin.token });
  other = openTerminal(fleet.plane.url, { MUSTER_TOKEN: fleet.plane.other.token });
});
afterAll(async () => {
  admin?.remove();
  other?.remove();
  await fleet?.stop();
});

const muster = (...args: string[]) => admin.run('machine-access', ...args);
const said = (pattern: RegExp, ...args: string[]) =>
  eventually(
    () => muster(...args),
    ({ stdout }) => expect(stdout).toMatch(pattern),
  );

test('support keys come and go on the command line, and nothing goes without --confirm', async () => {
  const file = join(admin.home, 'eve.pub');
  writeFileSync(file, `${newPublicKey()} eve@laptop\r\n`);
  expect((await muster('support-keys')).stdout).toContain('There are no support keys.');
  const added = await muster('add-support-key', 'Eve', file, '--until', '7d', '--host', 'desk');
  expect(added.stdout).toMatch(/^Eve \(skey\w+, SHA256:\S+\) comes onto desk, until \d{4}-/);
  await said(/Eve +in [67] d.* +1 of 1 +Ada, /, 'support-keys');
  await said(/^Applied on 1 of 1 host; 0 hosts without an account for it\.\n$/, 'status');
  expect(JSON.parse((await muster('status', '--json')).stdout)).toMatchObject({ access: { applied: 1, offered: 1 } });
  const bare = await muster('remove-support-key', 'Eve');
  expect(bare).toMatchObject({ code: 2, stdout: '' });
  expect(bare.stderr).toMatch(/^Nothing was done\. With --confirm, Eve \(SHA256:\S+\) is taken off 1 machines\./);
  expect((await muster('remove-support-key', 'Eve', '--confirm')).code).toBe(0);
  const wrong = await admin.pipe(`no-pty ${newPublicKey()}`, 'machine-access', 'add-support-key', 'Eve', '-');
  expect(wrong.stderr).toContain('options are not taken here');
});

test('a person is let onto a machine and off it, and sees how that stands', async () => {
  const { email } = fleet.plane.other;
  expect((await muster('allow', 'desk', email)).stdout).toBe('desk may be used by Grace (SSH is off).\n');
  expect((await muster('ssh-on', email)).stderr).toContain('SSH needs a key to be turned on');
  const on = await admin.pipe(newPublicKey(), 'machine-access', 'ssh-on', email, '--key', '-');
  expect(on.stdout).toBe('SSH is on for Grace. Their key comes onto desk.\n');
  await said(/Grace +grace@example.org +on +yes/, 'host', 'desk');
  expect((await muster('people')).stdout).toMatch(/Grace +grace@example.org +on +desk\n/);
  expect((await other.run('machine-access', 'person')).stdout).toMatch(/SSH +on\nKey +SHA256:\S+\nMachines +desk\n/);
  expect((await other.run('machine-access', 'status')).code).toBe(4);
  expect((await muster('ssh-off', email)).stderr).toMatch(/^Nothing was done\. /);
  expect((await muster('ssh-off', email, '--confirm')).stdout).toContain('SSH is off for Grace');
  expect((await muster('deny', 'desk', email, '--confirm')).stdout).toBe('desk may be used by nobody.\n');
});
