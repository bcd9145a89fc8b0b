import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { TeamRole } from '#proto/muster/v1/auth_pb.js';
import { startTestControlPlane } from '../../control-plane/testing/index.ts';
import { openTerminal } from '../testing/muster.ts';

const controlPlane = await startTestControlPlane();
const admin = openTerminal(controlPlane.url, { MUSTER_TOKEN: controlPlane.admin.token });
const other = openTerminal(controlPlane.url, { MUSTER_TOKEN: controlPlane.other.token });
afterAll(async () => {
  admin.remove();
  other.remove();
  await controlPlane.stop();
});

const secretIn = (path: string) => readFileSync(path, 'utf8').trim();

test('nothing is done without --confirm, and --dry-run shows what would be', async () => {
  const bare = await other.run('keys', 'create', 'ci');
  expect(bare).toMatchObject({ code: 2, stdout: '' });
  expect(bare.stderr).toMatch(/^Nothing was done\. .*--dry-run.*--confirm/);
  expect((await other.run('keys', 'create', 'ci', '--confirm', '--dry-run')).code).toBe(2);
  const tried = await other.run('keys', 'create', 'ci', '--dry-run');
  expect(tried).toMatchObject({ code: 0, stderr: 'This would be made:\n\n' });
  expect(tried.stdout).toMatch(/^Name {7}ci\n/);
  expect((await other.run('keys', 'list')).stdout).toMatch(/^There are no keys/);
});

test('a secret goes to a terminal or into a file of its owner alone, else nothing is minted', async () => {
  expect(await other.run('keys', 'create', 'ci', '--confirm')).toMatchObject({ code: 2, stdout: '' });
  const out = join(other.home, 'ci.key');
  const made = await other.run('keys', 'create', 'ci', '--confirm', '--out', out);
  expect(made).toMatchObject({ code: 0, stdout: '' });
  expect(secretIn(out)).toMatch(/^mst_team_\w{12}_\w{49}$/);
  expect(made.stderr).not.toContain(secretIn(out));
  expect(statSync(out).mode & 0o777).toBe(0o600);
  expect((await other.run('keys', 'create', 'ci', '--confirm', '--out', out)).stderr).toContain('is there already');
  const json = await other.run('keys', 'create', 'two', '--confirm', '--json', '--out', join(other.home, 'two.key'));
  expect(JSON.parse(json.stdout)).toMatchObject({ key: { name: 'two', state: 'KEY_STATE_ACTIVE' }, secret: '' });
  const refused = join(other.home, 'refused.key');
  expect((await other.run('keys', 'create', 'x', '--org', '--confirm', '--out', refused)).code).toBe(4);
  expect(() => statSync(refused)).toThrow('ENOENT');
});

test('a key of a team signs the command line in, rotates by its name and is revoked', async () => {
  const out = join(other.home, 'rotated.key');
  const machine = openTerminal(controlPlane.url, { MUSTER_TOKEN: secretIn(join(other.home, 'ci.key')) });
  expect((await machine.run('whoami')).stdout).toMatch(/^Name +ci\nKind +team key, operator\nId +key/);
  expect((await other.run('keys', 'rotate', 'ci', '--overlap', '1h', '--confirm', '--out', out)).code).toBe(0);
  expect((await machine.run('whoami')).code).toBe(0);
  expect((await other.run('keys', 'show', 'ci')).stdout).toMatch(/Old secret +works until /);
  expect((await other.run('keys', 'revoke', 'ci', '--dry-run')).stdout).toMatch(/would be revoked\.\n$/);
  expect((await other.run('keys', 'revoke', 'ci', '--confirm')).stdout).toMatch(/ is revoked\.\n$/);
  expect((await machine.run('whoami')).code).toBe(3);
  expect((await other.run('keys', 'show', 'ci')).code).toBe(5);
  machine.remove();
});

test('a key of the installation', async () => {
  const out = join(admin.home, 'org.key');
  const never = ['--never-expires', 'Backups must not stop.'];
  expect(
    (await admin.run('keys', 'create', 'ops', '--org', '--role', 'read-only', ...never, '--confirm', '--out', out))
      .code,
  ).toBe(0);
  expect((await admin.run('keys', 'list', '--org')).stdout).toMatch(
    /\nops +read only +active +never +never +Ada +mst_org_/,
  );
  const machine = openTerminal(controlPlane.url, { MUSTER_TOKEN: secretIn(out) });
  expect((await machine.run('hosts', 'list')).code).toBe(0);
  expect((await machine.run('hosts', 'create', 'x')).code).toBe(4);
  machine.remove();
});

test('identities: made, inspected, paused, resumed, rotated, revoked', async () => {
  const out = join(other.home, 'bot.secret');
  const create = ['identity', 'create', 'bot', '--environment', 'staging', '--scope', 'sandbox:read', 'fleet:read'];
  expect((await other.run(...create, '--dry-run')).stdout).toContain('Scopes       sandbox:read, fleet:read\n');
  expect((await other.run(...create, '--confirm', '--out', out)).code).toBe(0);
  const bot = openTerminal(controlPlane.url, { MUSTER_TOKEN: secretIn(out) });
  expect((await bot.run('hosts', 'list')).code).toBe(0);
  expect((await other.run('identity', 'pause', 'bot')).code).toBe(2);
  expect((await other.run('identity', 'pause', 'bot', '--confirm')).stdout).toBe('bot is paused.\n');
  expect((await bot.run('whoami')).code).toBe(3);
  expect((await other.run('identity', 'resume', 'bot', '--confirm')).stdout).toBe('bot works again.\n');
  expect((await other.run('identity', 'rotate', 'bot', '--dry-run')).stdout).toMatch(
    /would be replaced; it ends at once/,
  );
  const next = join(other.home, 'bot2.secret');
  expect((await other.run('identity', 'rotate', 'bot', '--confirm', '--out', next)).code).toBe(0);
  expect((await bot.run('whoami')).code).toBe(3);
  const { stdout } = await other.run('identity', 'inspect', 'bot');
  expect(stdout).toMatch(/CREDENTIAL[^]*active[^]*revoked[^]*identity\.rotate[^]*identity\.create/);
  expect((await other.run('identity', 'revoke', 'bot', '--confirm')).stdout).toBe('bot is revoked.\n');
  expect((await other.run('identity', 'list')).stdout).toBe('There are no machine identities.\n');
  bot.remove();
});

test('a production identity waits for a second person, and the same command carries it out', async () => {
  const out = join(other.home, 'prod.secret');
  const scope = ['--scope', 'sandbox:read'];
  const create = ['identity', 'create', 'prod', '--environment', 'production', ...scope, '--confirm', '--out', out];
  const asked = await other.run(...create);
  expect(asked).toMatchObject({ code: 0, stderr: expect.stringContaining('run this command again') });
  expect(() => statSync(out)).toThrow('ENOENT');
  const [id] = /^appr\w+/.exec(asked.stdout)!;
  expect((await other.run('identity', 'approve', id, '--confirm')).code).toBe(4);
  const team = ['--team', controlPlane.other.teamId];
  expect((await admin.run('identity', 'approvals', ...team)).stdout).toContain(id);
  expect((await admin.run('identity', 'approvals', '--all-teams')).stdout).toContain(id);
  expect((await admin.run('identity', 'approve', id, '--dry-run')).stdout).toContain('would be approved');
  expect((await admin.run('identity', 'approve', id)).code).toBe(2);
  expect((await admin.run('identity', 'approve', id, '--confirm')).stdout).toContain('Grace can run the command again');
  expect((await other.run(...create)).code).toBe(0);
  expect(secretIn(out)).toMatch(/^mst_mid_/);
});

test('a file that is there is never written over', async () => {
  const out = join(other.home, 'kept');
  writeFileSync(out, 'mine');
  expect((await other.run('keys', 'create', 'x', '--confirm', '--out', out)).code).toBe(1);
  expect(secretIn(out)).toBe('mine');
});

test('a terminal is shown the secret, this once, on standard output alone', async () => {
  const person = openTerminal(controlPlane.url, { MUSTER_TOKEN: controlPlane.other.token }, { isTTY: true });
  const key = await person.run('keys', 'create', 'seen', '--confirm');
  expect(key.stdout).toMatch(/^mst_team_\w{12}_\w{49}\n$/);
  expect(key.stderr).toContain('it is not shown again');
  const scope = ['--environment', 'staging', '--scope', 'sandbox:read'];
  const made = await person.run('identity', 'create', 'seen', ...scope, '--request-id', 'once', '--confirm');
  expect(made.stdout).toMatch(/^mst_mid_\w{12}_\w{49}\n$/);
  for (const { stdout, stderr } of [key, made]) expect(stderr).not.toContain(stdout.trim());
  expect(await person.run('identity', 'create', 'seen', ...scope, '--request-id', 'once', '--confirm')).toMatchObject({
    code: 0,
    stdout: '',
    stderr: expect.stringContaining('not shown again. Rotate it'),
  });
  person.remove();
});

test('an identity gets one more credential, and answers in JSON without a secret that went to a file', async () => {
  const out = join(other.home, 'more.secret');
  const add = ['identity', 'add-credential', 'seen', '--request-id', 'more', '--confirm'];
  const added = await other.run(...add, '--json', '--out', out);
  expect(JSON.parse(added.stdout)).toMatchObject({ credential: { state: 'CREDENTIAL_STATE_ACTIVE' }, secret: '' });
  const bot = openTerminal(controlPlane.url, { MUSTER_TOKEN: secretIn(out) });
  expect(JSON.parse((await bot.run('whoami', '--json')).stdout)).toMatchObject({ caller: { name: 'seen' } });
  bot.remove();
  const again = join(other.home, 'again.secret');
  const repeated = await other.run(...add, '--out', again);
  expect(repeated).toMatchObject({ code: 0, stdout: '', stderr: expect.stringContaining('made before') });
  expect(() => statSync(again)).toThrow('ENOENT');
  const dry = await other.run('identity', 'add-credential', 'seen', '--dry-run');
  expect(dry.stdout).toBe('seen would get one more credential.\n');
  const inspected = JSON.parse((await other.run('identity', 'inspect', 'seen', '--json')).stdout);
  expect(inspected.credentials).toHaveLength(2);
  const { identities } = JSON.parse((await other.run('identity', 'list', '--json')).stdout);
  expect(identities).toContainEqual(expect.objectContaining({ name: 'seen', state: 'IDENTITY_STATE_ACTIVE' }));
  expect(JSON.parse((await other.run('identity', 'pause', 'seen', '--confirm', '--json')).stdout)).toMatchObject({
    identity: { state: 'IDENTITY_STATE_PAUSED' },
  });
});

test('a request is rejected, and the command has to be asked for anew', async () => {
  const create = ['identity', 'create', 'no', '--environment', 'production', '--scope', 'sandbox:read', '--confirm'];
  const out = ['--out', join(other.home, 'no.secret')];
  const [id] = /^appr\w+/.exec((await other.run(...create, ...out)).stdout)!;
  expect((await admin.run('identity', 'reject', id)).code).toBe(2);
  expect((await admin.run('identity', 'reject', id, '--dry-run')).stdout).toBe(`${id} would be rejected.\n`);
  expect((await admin.run('identity', 'reject', id, '--confirm')).stdout).toBe(`${id} is rejected.\n`);
  expect((await other.run(...create, ...out)).stdout).not.toContain(id);
});

test('an owner takes over a key whose maker has left', async () => {
  const leaver = await controlPlane.makeUser('Leaver');
  const { teamId } = controlPlane.other;
  await controlPlane.other.clients.teams.addMember({ teamId, userId: leaver.id, role: TeamRole.ADMIN });
  const theirs = openTerminal(controlPlane.url, { MUSTER_TOKEN: leaver.token });
  const out = join(theirs.home, 'left.key');
  expect((await theirs.run('keys', 'create', 'left', '--team', teamId, '--confirm', '--out', out)).code).toBe(0);
  const machine = openTerminal(controlPlane.url, { MUSTER_TOKEN: secretIn(out) });
  await controlPlane.other.clients.teams.removeMember({ teamId, userId: leaver.id });
  expect((await machine.run('whoami')).code).toBe(3);
  expect((await other.run('keys', 'take-over', 'left', '--dry-run')).stdout).toMatch(/would work by your rights\.\n$/);
  expect((await machine.run('whoami')).code).toBe(3);
  const taken = await other.run('keys', 'take-over', 'left', '--confirm');
  expect(taken.stdout).toMatch(/works by your rights\.\n$/);
  expect(taken.stderr).toContain('muster keys rotate');
  expect((await machine.run('whoami')).code).toBe(0);
  for (const terminal of [machine, theirs]) terminal.remove();
});
