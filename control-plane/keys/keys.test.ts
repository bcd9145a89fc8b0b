import { Code, createClient } from '@connectrpc/connect';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ApiKeyService, KeyRole, KeyState, type ApiKey } from '#proto/muster/v1/api_key_pb.js';
import { CallerKind } from '#proto/muster/v1/auth_pb.js';
import { mintToken } from '#contract/token.ts';
import {
  callPlain,
  clientsOf,
  codeOf,
  eventually,
  failureOf,
  startTestControlPlane,
  type TestControlPlane,
  type TestUser,
} from '../testing/index.ts';

let controlPlane: TestControlPlane;
let secondUrl: string;
beforeAll(async () => {
  controlPlane = await startTestControlPlane();
  secondUrl = (await controlPlane.startReplica()).url;
});
afterAll(() => controlPlane.stop());

const day = 86_400n;
const keysOf = (user: TestUser) => createClient(ApiKeyService, user.clients.transport);
const keysWith = (headers: Headers) => createClient(ApiKeyService, clientsOf(controlPlane.url, headers).transport);
type Headers = Readonly<Record<string, string>>;
const bearer = (token: string): Headers => ({ authorization: `Bearer ${token}` });
const whoIs = (headers: Headers, url = controlPlane.url) =>
  callPlain(url, 'muster.v1.AuthService/GetCaller', {}, headers);

async function mint(user: TestUser, more: object = {}): Promise<{ key: ApiKey; secret: string }> {
  const request = { name: 'ci', teamId: user.teamId, role: KeyRole.OPERATOR, ...more };
  const { key, secret } = await keysOf(user).createApiKey(request);
  return { key: key!, secret };
}
const mintOrg = (role: KeyRole, more: object = {}) => mint(controlPlane.admin, { teamId: '', role, ...more });

test('a key of a team is shown once, lives for 90 days, and stands for its team alone', async () => {
  const { key, secret } = await mint(controlPlane.other);
  expect(secret).toMatch(/^mst_team_\w{12}_\w{49}$/);
  expect(secret.startsWith(`${key.prefix}_`)).toBe(true);
  expect(key).toMatchObject({
    state: KeyState.ACTIVE,
    createdBy: `user:${controlPlane.other.id}`,
    createdByName: 'Grace',
    maker: `user:${controlPlane.other.id}`,
  });
  expect(key.expiresAt!.seconds - key.createdAt!.seconds).toBe(90n * day);
  const { caller } = await clientsOf(controlPlane.url, { 'x-api-key': secret }).auth.getCaller({});
  expect(caller).toMatchObject({
    kind: CallerKind.TEAM_KEY,
    keyId: key.id,
    name: 'ci',
    userId: '',
    activeTeamId: controlPlane.other.teamId,
    keyRole: KeyRole.OPERATOR,
  });
  expect(JSON.stringify(controlPlane.log)).not.toContain(secret);
  const listed = await keysOf(controlPlane.other).listApiKeys({ teamId: controlPlane.other.teamId });
  expect(listed.keys.map(({ id }) => id)).toContain(key.id);
  expect(await codeOf(keysOf(controlPlane.other).listApiKeys({ teamId: controlPlane.admin.teamId }))).toBe(
    Code.NotFound,
  );
});

test('each header takes the keys that belong there, and two credentials at once are refused', async () => {
  const { secret: team } = await mint(controlPlane.other);
  const { secret: org } = await mintOrg(KeyRole.OPERATOR);
  const good: Headers[] = [{ 'x-api-key': team }, { 'open-sandbox-api-key': team }, { 'x-api-key': org }, bearer(org)];
  for (const headers of good) expect((await whoIs(headers)).status).toBe(200);
  const wrong: Headers[] = [
    bearer(team),
    { 'open-sandbox-api-key': org },
    { 'x-api-key': mintToken('team').secret.reveal() },
    { 'x-api-key': `${team.slice(0, -1)}${team.endsWith('x') ? 'y' : 'x'}` },
    { 'x-api-key': '' },
  ];
  for (const headers of wrong)
    expect((await whoIs(headers)).body).toMatchObject({ message: 'No valid credential was presented.' });
  const { sessionToken, token } = controlPlane.other;
  const each: Headers[] = [
    { cookie: `muster-loopback-${new URL(controlPlane.url).port}=${sessionToken}` },
    bearer(token),
    bearer(org),
    { 'x-api-key': team },
    { 'open-sandbox-api-key': team },
  ];
  for (const headers of each) expect((await whoIs(headers)).status).toBe(200);
  const double = each.flatMap((one, index) => each.slice(index + 1).map((more) => ({ ...one, ...more })));
  for (const headers of double.filter((pair) => Object.keys(pair).length === 2))
    expect((await whoIs(headers)).body).toMatchObject({
      code: 'unauthenticated',
      message: 'The request presents more than one credential.',
    });
});

test('a secret with the right public part and a wrong rest is refused', async () => {
  const { secret } = await mint(controlPlane.other);
  const { pool } = controlPlane.services;
  await pool`update credentials set token_hash = sha256('other') where id = ${secret.split('_')[2]!}`;
  expect((await whoIs({ 'x-api-key': secret })).status).toBe(401);
});

test('a revoked key is over at the next request on another replica, and its streams end there', async () => {
  const { key, secret } = await mint(controlPlane.other);
  const elsewhere = clientsOf(secondUrl, { 'x-api-key': secret });
  const stream = elsewhere.hosts.watchHosts({})[Symbol.asyncIterator]();
  await stream.next();
  await keysOf(controlPlane.other).revokeApiKey({ keyId: key.id });
  expect(await codeOf(elsewhere.auth.getCaller({}))).toBe(Code.Unauthenticated);
  expect((await failureOf(drain(stream))).code).toBe(Code.Unauthenticated);
  const again = await keysOf(controlPlane.other).revokeApiKey({ keyId: key.id });
  expect(again.key?.state).toBe(KeyState.REVOKED);
  const events = await controlPlane.services.pool`
    select from audit_events where action = 'api_key.revoke' and target = ${key.id}`;
  expect(events.length).toBe(1);
  expect(await codeOf(keysOf(controlPlane.other).rotateApiKey({ keyId: key.id }))).toBe(Code.FailedPrecondition);
});

async function drain(stream: AsyncIterator<unknown>): Promise<void> {
  while (!(await stream.next()).done);
}

test('rotating keeps the id; the old secret works for the overlap, and without one no more', async () => {
  const { key, secret } = await mint(controlPlane.other);
  const keys = keysOf(controlPlane.other);
  const rotated = await keys.rotateApiKey({ keyId: key.id, overlap: { seconds: 3600n } });
  expect(rotated.key).toMatchObject({ id: key.id, state: KeyState.ACTIVE, overlapUntil: expect.anything() });
  for (const valid of [secret, rotated.secret]) expect((await whoIs({ 'x-api-key': valid })).status).toBe(200);
  await controlPlane.services.pool`
    update credentials set expires_at = now() - interval '1 second' where key_id = ${key.id} and state = 'retiring'`;
  expect((await whoIs({ 'x-api-key': secret })).status).toBe(401);
  const last = await keys.rotateApiKey({ keyId: key.id });
  expect((await whoIs({ 'x-api-key': rotated.secret })).status).toBe(401);
  expect((await whoIs({ 'x-api-key': last.secret })).status).toBe(200);
  expect(await codeOf(keys.rotateApiKey({ keyId: key.id, overlap: { seconds: 7n * day + 1n } }))).toBe(
    Code.InvalidArgument,
  );
  await keys.rotateApiKey({ keyId: key.id, overlap: { seconds: 7n * day } });
  expect((await whoIs({ 'x-api-key': last.secret })).status).toBe(200);
});

test('an expired key is over, and says so', async () => {
  const { key, secret } = await mint(controlPlane.other, { lifetime: { seconds: 3600n } });
  await controlPlane.services.pool`update api_keys set expires_at = now() where id = ${key.id}`;
  expect((await whoIs({ 'x-api-key': secret })).status).toBe(401);
  expect((await keysOf(controlPlane.other).getApiKey({ keyId: key.id })).key?.state).toBe(KeyState.EXPIRED);
});

test('a key that never ends needs a reason instead of a lifetime, and its last use is told to the minute', async () => {
  const { key, secret } = await mint(controlPlane.other, { noExpiryReason: 'A device without a clock.' });
  expect([key.expiresAt, key.noExpiryReason]).toEqual([undefined, 'A device without a clock.']);
  expect(await codeOf(mint(controlPlane.other, { noExpiryReason: 'Both.', lifetime: { seconds: 3600n } }))).toBe(
    Code.InvalidArgument,
  );
  await whoIs({ 'x-api-key': secret, 'user-agent': 'robot/1' });
  await eventually(
    async () => (await keysOf(controlPlane.other).getApiKey({ keyId: key.id })).key!,
    (shown) => expect(shown).toMatchObject({ lastUsedAddress: '127.0.0.1', lastUsedAgent: 'robot/1' }),
  );
  const { pool } = controlPlane.services;
  const usedAgo = (ago: string) => pool`
    update credentials set last_used_at = now() - ${ago}::interval where key_id = ${key.id}`;
  const agentAfter = async (agent: string) => {
    await whoIs({ 'x-api-key': secret, 'user-agent': agent });
    // Uses are written beside their requests: when a later one is there, an earlier one would be, too.
    const later = await mint(controlPlane.other);
    await whoIs({ 'x-api-key': later.secret, 'user-agent': 'later' });
    await eventually(
      async () => (await keysOf(controlPlane.other).getApiKey({ keyId: later.key.id })).key!.lastUsedAgent,
      (shown) => expect(shown).toBe('later'),
    );
    return (await keysOf(controlPlane.other).getApiKey({ keyId: key.id })).key!.lastUsedAgent;
  };
  await usedAgo('30 seconds');
  expect(await agentAfter('robot/2')).toBe('robot/1');
  await usedAgo('61 seconds');
  await whoIs({ 'x-api-key': secret, 'user-agent': 'robot/3' });
  await eventually(
    async () => (await keysOf(controlPlane.other).getApiKey({ keyId: key.id })).key!.lastUsedAgent,
    (shown) => expect(shown).toBe('robot/3'),
  );
});

test('the same request id answers the same key, without its secret', async () => {
  const first = await mint(controlPlane.other, { requestId: 'once' });
  const second = await mint(controlPlane.other, { requestId: 'once' });
  expect(second.key.id).toBe(first.key.id);
  expect([first.secret === '', second.secret === '']).toEqual([false, true]);
  expect((await mint(controlPlane.admin, { requestId: 'once' })).key.id).not.toBe(first.key.id);
});

test('a dry run answers what would be, and does nothing', async () => {
  const { pool } = controlPlane.services;
  const [before] = await pool`select count(*) from api_keys`;
  const { key, secret } = await mint(controlPlane.other, { dryRun: true });
  expect([key.name, secret]).toEqual(['ci', '']);
  expect(await pool`select count(*) from api_keys`).toMatchObject([before!]);
  const kept = await mint(controlPlane.other);
  const revoked = await keysOf(controlPlane.other).revokeApiKey({ keyId: kept.key.id, dryRun: true });
  expect(revoked.key?.state).toBe(KeyState.REVOKED);
  expect((await whoIs({ 'x-api-key': kept.secret })).status).toBe(200);
});

test('the right of a key is the lesser of its own role and what its maker is now', async () => {
  const maker = await controlPlane.makeUser('Maker', { platformAdmin: true });
  const { key, secret } = await mint(maker, { teamId: '', role: KeyRole.ADMIN });
  const asKey = clientsOf(controlPlane.url, bearer(secret));
  await asKey.users.listUsers({});
  await controlPlane.admin.clients.users.setPlatformAdmin({ userId: maker.id, platformAdmin: false });
  expect(await codeOf(asKey.auth.getCaller({}))).toBe(Code.Unauthenticated);
  const keys = keysOf(controlPlane.admin);
  expect((await keys.getApiKey({ keyId: key.id })).key?.state).toBe(KeyState.ORPHANED);
  expect(await codeOf(keysOf(maker).getApiKey({ keyId: key.id }))).toBe(Code.NotFound);
  const taken = await keys.takeOverApiKey({ keyId: key.id });
  expect(taken.key).toMatchObject({ state: KeyState.ACTIVE, maker: `user:${controlPlane.admin.id}` });
  await asKey.users.listUsers({});
  expect(await codeOf(keys.takeOverApiKey({ keyId: key.id }))).toBe(Code.FailedPrecondition);
});

test('the keys of a removed member stop at the next request, are counted, and an owner takes them over', async () => {
  const { other } = controlPlane;
  const member = await controlPlane.makeUser('Leaver');
  const { pool } = controlPlane.services;
  await pool`insert into team_members (team_id, user_id, role) values (${other.teamId}, ${member.id}, 'admin')`;
  const made = [await mint(member, { teamId: other.teamId }), await mint(member, { teamId: other.teamId })];
  const own = await mint(member);
  await keysOf(member).revokeApiKey({ keyId: made[1]!.key.id });
  expect(await other.clients.teams.removeMember({ teamId: other.teamId, userId: member.id })).toMatchObject({
    stoppedKeys: 1,
  });
  expect((await whoIs({ 'x-api-key': made[0]!.secret }, secondUrl)).status).toBe(401);
  expect((await whoIs({ 'x-api-key': own.secret })).status).toBe(200);
  const { keys } = await keysOf(other).listApiKeys({ teamId: other.teamId });
  const orphan = keys.find(({ id }) => id === made[0]!.key.id)!;
  expect(orphan.state).toBe(KeyState.ORPHANED);
  expect(orphan.actions.map(({ action, allowed }) => `${action} ${allowed}`)).toEqual([
    'api_key.rotate false',
    'api_key.revoke true',
    'api_key.take_over true',
  ]);
  await keysOf(other).takeOverApiKey({ keyId: made[0]!.key.id });
  expect((await whoIs({ 'x-api-key': made[0]!.secret }, secondUrl)).status).toBe(200);
});

test('a locked-out maker and a deleted team end their keys', async () => {
  const maker = await controlPlane.makeUser('Locked');
  const { secret } = await mint(maker);
  await controlPlane.admin.clients.users.setUserActive({ userId: maker.id, active: false });
  expect((await whoIs({ 'x-api-key': secret })).status).toBe(401);
  const owner = await controlPlane.makeUser('Deleter');
  const gone = await mint(owner);
  const { team } = await owner.clients.teams.getTeam({ teamId: owner.teamId });
  await owner.clients.teams.deleteTeam({ teamId: owner.teamId, confirmName: team!.name });
  expect((await whoIs({ 'x-api-key': gone.secret })).status).toBe(401);
});

test('a key of the installation names the team, which must stand', async () => {
  const asKey = clientsOf(controlPlane.url, bearer((await mintOrg(KeyRole.OPERATOR)).secret));
  expect(await codeOf(asKey.sandboxes.listSandboxes({}))).toBe(Code.FailedPrecondition);
  expect(await asKey.sandboxes.listSandboxes({ teamId: controlPlane.other.teamId })).toMatchObject({ sandboxes: [] });
  expect(await codeOf(asKey.sandboxes.createSandbox({ teamId: 'team0000000000000000' }))).toBe(Code.NotFound);
  // Nothing but the missing host stands in the way.
  expect(await codeOf(asKey.sandboxes.createSandbox({ teamId: controlPlane.other.teamId }))).toBe(
    Code.ResourceExhausted,
  );
});

test('a key that is confined to a team reaches no other, and mints nothing', async () => {
  const { other, admin } = controlPlane;
  const { secret } = await mintOrg(KeyRole.ADMIN, { boundTeamId: other.teamId });
  const asKey = clientsOf(controlPlane.url, bearer(secret));
  expect((await asKey.auth.getCaller({})).caller?.activeTeamId).toBe(other.teamId);
  await asKey.sandboxes.listSandboxes({});
  expect(await codeOf(asKey.sandboxes.listSandboxes({ teamId: admin.teamId }))).toBe(Code.NotFound);
  expect(await codeOf(asKey.users.listUsers({}))).toBe(Code.PermissionDenied);
  expect(await codeOf(keysWith(bearer(secret)).createApiKey({ name: 'x', role: KeyRole.ADMIN }))).toBe(
    Code.PermissionDenied,
  );
});

test('a key that is bound to a host sees and touches only what is there', async () => {
  const { other, admin } = controlPlane;
  const [here, there] = await Promise.all(
    ['here', 'there'].map(async (name) => (await admin.clients.hosts.createHost({ name })).host!.id),
  );
  const { secret } = await mintOrg(KeyRole.OPERATOR, { boundHostId: here });
  const asKey = clientsOf(controlPlane.url, bearer(secret));
  expect((await asKey.hosts.listHosts({})).hosts.map(({ id }) => id)).toEqual([here]);
  await asKey.hosts.cordonHost({ hostId: here!, reason: 'x' });
  expect(await codeOf(asKey.hosts.cordonHost({ hostId: there!, reason: 'x' }))).toBe(Code.NotFound);
  expect(await codeOf(asKey.hosts.createHost({ name: 'more' }))).toBe(Code.PermissionDenied);
  // It may, but only there, and that host has not joined.
  const create = await failureOf(asKey.sandboxes.createSandbox({ teamId: other.teamId }));
  expect(create.rawMessage).toBe(
    'No host can take this sandbox now: 1 that this key is not bound to, 1 not joined yet.',
  );
  const { pool } = controlPlane.services;
  for (const [id, hostId] of [
    ['sbx0000000000000here', here!],
    ['sbx000000000000there', there!],
  ] as const)
    await pool`
      insert into sandboxes (id, team_id, created_by, host_id, template, cpu_millis, memory_mib, disk_mib, pids, observed)
      values (${id}, ${other.teamId}, 'x', ${hostId}, 'base', 100, 64, 64, 64, 'missing')`;
  const { sandboxes } = await asKey.sandboxes.listSandboxes({ teamId: other.teamId });
  expect(sandboxes.map(({ id }) => id)).toEqual(['sbx0000000000000here']);
  expect(await codeOf(asKey.sandboxes.getSandbox({ sandboxId: 'sbx000000000000there' }))).toBe(Code.NotFound);
  expect(await codeOf(asKey.sandboxes.destroySandbox({ sandboxId: 'sbx000000000000there' }))).toBe(Code.NotFound);
});

test('who may mint what: roles, teams, and keys that make keys', async () => {
  const { other } = controlPlane;
  expect(await codeOf(mint(other, { teamId: '', role: KeyRole.READ_ONLY }))).toBe(Code.PermissionDenied);
  expect(await codeOf(mint(other, { role: KeyRole.ADMIN }))).toBe(Code.InvalidArgument);
  // Platform admins run the installation, not other people's teams.
  expect(await codeOf(mint(controlPlane.admin, { teamId: other.teamId }))).toBe(Code.PermissionDenied);
  const ordinary = await mintOrg(KeyRole.READ_ONLY);
  expect(ordinary.key.expiresAt!.seconds - ordinary.key.createdAt!.seconds).toBe(90n * day);
  expect(ordinary.key.createdBy).toBe(`user:${controlPlane.admin.id}`);
  const member = await controlPlane.makeUser('Minter');
  await controlPlane.services
    .pool`insert into team_members (team_id, user_id, role) values (${other.teamId}, ${member.id}, 'member')`;
  expect(await codeOf(mint(member, { teamId: other.teamId, role: KeyRole.READ_ONLY }))).toBe(Code.PermissionDenied);
  const parent = await mintOrg(KeyRole.ADMIN, { lifetime: { seconds: 10n * day } });
  const keys = keysWith(bearer(parent.secret));
  const child = await keys.createApiKey({ name: 'child', role: KeyRole.OPERATOR });
  expect(child.key).toMatchObject({
    createdBy: `key:${parent.key.id}`,
    createdByName: 'ci',
    maker: `user:${controlPlane.admin.id}`,
  });
  expect(child.key!.expiresAt!.seconds).toBeLessThanOrEqual(parent.key.expiresAt!.seconds + 1n);
  expect(await codeOf(keys.createApiKey({ name: 'x', role: KeyRole.ADMIN, lifetime: { seconds: 20n * day } }))).toBe(
    Code.InvalidArgument,
  );
  const operator = keysWith(bearer(child.secret));
  expect(await codeOf(operator.createApiKey({ name: 'x', role: KeyRole.READ_ONLY }))).toBe(Code.PermissionDenied);
});

test('what a key has made carries its name', async () => {
  const { key } = await mint(controlPlane.other, { name: 'Nightly' });
  const { pool } = controlPlane.services;
  await pool`
    insert into sandboxes (id, team_id, created_by, host_id, template, cpu_millis, memory_mib, disk_mib, pids, observed)
    select 'sbx00000000000nightly', ${controlPlane.other.teamId}, ${`key:${key.id}`}, id, 'base', 100, 64, 64, 64, 'missing'
    from hosts limit 1`;
  const { sandbox } = await controlPlane.other.clients.sandboxes.getSandbox({ sandboxId: 'sbx00000000000nightly' });
  expect(sandbox?.createdBy).toBe('Nightly');
});
