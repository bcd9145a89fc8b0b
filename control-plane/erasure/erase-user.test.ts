import { Code, createClient } from '@connectrpc/connect';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ErrorInfoSchema, Reason } from '#proto/muster/v1/errors_pb.js';
import { ApiKeyService, KeyRole } from '#proto/muster/v1/api_key_pb.js';
import { TeamRole } from '#proto/muster/v1/auth_pb.js';
import { dumpDatabase } from '../../tests/secrets/dump.ts';
import { sealAuditEvents } from '../audit/index.ts';
import { verifyAll } from '../audit/testing/verify-all.ts';
import {
  callPlain,
  clientsOf,
  codeOf,
  failureOf,
  startTestControlPlane,
  type TestControlPlane,
  type TestUser,
} from '../testing/index.ts';

const publicUrl = 'https://muster.example';
const [address, agent] = ['203.0.113.77', 'Augusta-Browser/7'];
let plane: TestControlPlane;
beforeAll(async () => {
  plane = await startTestControlPlane({ env: { MUSTER_PUBLIC_URL: publicUrl } });
});
afterAll(() => plane?.stop());

const erase = (user: TestUser, as = plane.admin) =>
  as.clients.users.eraseUser({ userId: user.id, confirmName: user.name, reason: 'They asked for it.' });
const logIn = (email: string, password: string) =>
  callPlain(
    plane.url,
    'muster.v1.AuthService/LogIn',
    { email, password },
    { 'x-forwarded-for': address, 'user-agent': agent, origin: publicUrl },
  );
const traces = async (texts: readonly string[]) => {
  const dump = await dumpDatabase(plane.databaseUrl);
  const holding = (text: string) => dump.filter((table) => table.text.toLowerCase().includes(text.toLowerCase()));
  return texts.map((text) => [text, holding(text).map(({ name }) => name)] as const);
};

test('nothing in the whole database names an erased person, and the audit’s chain stays intact', async () => {
  const made = await plane.makeUser('Augusta');
  await made.clients.users.updateUser({ name: 'Augusta Lovelace' });
  const ada = { ...made, name: 'Augusta Lovelace' };
  const host = `host0123456789${'a'.repeat(6)}`;
  const { pool } = plane.services;
  await pool`insert into hosts (id, name, status) values (${host}, 'h1', 'unreachable')`;
  await pool`
    insert into sandboxes (id, team_id, created_by, host_id, template, cpu_millis, memory_mib, disk_mib, pids, metadata)
    values ('sbx0123456789abcdef', ${ada.teamId}, ${ada.id}, ${host}, 'base', 100, 64, 64, 64, '{"access.owner": "augusta-lovelace"}')`;
  expect((await logIn(ada.email, ada.password)).status).toBe(200);
  const shared = (await plane.other.clients.teams.createTeam({ name: 'Shared' })).team!.id;
  await plane.other.clients.teams.addMember({ teamId: shared, userId: ada.id, role: TeamRole.ADMIN });
  const keys = createClient(ApiKeyService, ada.clients.transport);
  const { secret } = await keys.createApiKey({ name: 'ci', teamId: shared, role: KeyRole.OPERATOR });
  const asKey = clientsOf(plane.url, { 'x-api-key': secret, 'x-forwarded-for': address, 'user-agent': agent });
  await asKey.auth.getCaller({});
  await plane.other.clients.invites.createInvite({
    teamId: plane.other.teamId,
    email: ada.email,
    role: TeamRole.MEMBER,
  });
  const traced = ['Augusta', 'Augusta Lovelace', 'augusta-lovelace', ada.email, address, agent];
  expect((await traces(traced)).filter(([, tables]) => tables.length === 0)).toEqual([]);
  // What is erased before it is sealed leaves no gap in the chain.
  await sealAuditEvents(plane.context);

  expect(await erase(ada)).toMatchObject({ deletedTeams: 1, destroyedSandboxes: 1, stoppedKeys: 1 });
  expect(await traces(traced)).toEqual(traced.map((text) => [text, []]));
  expect(await codeOf(ada.clients.auth.getCaller({}))).toBe(Code.Unauthenticated);
  expect(await codeOf(asKey.auth.getCaller({}))).toBe(Code.Unauthenticated);
  expect((await logIn(ada.email, ada.password)).status).toBe(401);
  const { members } = await plane.other.clients.teams.listMembers({ teamId: shared });
  expect(members.map(({ name }) => name)).toEqual([plane.other.name]);
  expect((await plane.admin.clients.users.listUsers({ search: 'Erased' })).users).toEqual([]);
  expect(await codeOf(plane.admin.clients.users.setUserActive({ userId: ada.id, active: true }))).toBe(Code.NotFound);

  await sealAuditEvents(plane.context);
  const { found, result } = await verifyAll(plane.context);
  expect(found).toEqual([]);
  expect(result.erasedOrigins).toBeGreaterThan(0);
  const rows = await pool<{ action: string }[]>`select action from audit_events where target = ${ada.id} order by id`;
  expect(rows.map(({ action }) => action)).toEqual(
    expect.arrayContaining(['user.create', 'audit.erase', 'user.erase']),
  );
});

test('the same address can have an account again, and who erases twice finds nothing more', async () => {
  const user = await plane.makeUser('Twice');
  await erase(user);
  expect(await erase(user)).toMatchObject({ deletedTeams: 0, stoppedKeys: 0 });
  const again = await plane.makeUser('Twice');
  expect(again.id).not.toBe(user.id);
  expect((await again.clients.auth.getCaller({})).caller!.userId).toBe(again.id);
});

test('who would leave others without an owner is refused, and nothing changes', async () => {
  const [owner, heir] = [await plane.makeUser('Solo'), await plane.makeUser('Heir')];
  await owner.clients.teams.addMember({ teamId: owner.teamId, userId: heir.id, role: TeamRole.ADMIN });
  const failure = await failureOf(erase(owner));
  expect(failure.code).toBe(Code.FailedPrecondition);
  expect(failure.findDetails(ErrorInfoSchema)).toMatchObject([{ reason: Reason.LAST_OWNER }]);
  expect((await owner.clients.auth.getCaller({})).caller!.name).toBe('Solo');
  await owner.clients.teams.offerOwnership({ teamId: owner.teamId, userId: heir.id });
  await heir.clients.teams.acceptOwnership({ teamId: owner.teamId });
  expect(await erase(owner)).toMatchObject({ deletedTeams: 0 });
});

test.each([
  ['oneself', () => erase(plane.admin), Code.PermissionDenied],
  ['as somebody who does not run the installation', () => erase(plane.admin, plane.other), Code.PermissionDenied],
  [
    'without the name',
    () => plane.admin.clients.users.eraseUser({ userId: plane.other.id, confirmName: 'grace?', reason: 'x' }),
    Code.InvalidArgument,
  ],
  [
    'with a reason that names them',
    () => {
      const { id, name, email } = plane.other;
      return plane.admin.clients.users.eraseUser({ userId: id, confirmName: name, reason: `Mail of ${email}` });
    },
    Code.InvalidArgument,
  ],
])('%s nobody is erased', async (_how, call, code) => {
  expect(await codeOf(call())).toBe(code);
  expect(await codeOf(plane.other.clients.auth.getCaller({}))).toBeUndefined();
});

test('the last platform admin stays, whoever asks, and of two who erase each other one does', async () => {
  const orgKeys = createClient(ApiKeyService, plane.admin.clients.transport);
  const { secret } = await orgKeys.createApiKey({ name: 'automation', role: KeyRole.ADMIN });
  const asKey = clientsOf(plane.url, { 'x-api-key': secret });
  const request = { userId: plane.admin.id, confirmName: plane.admin.name, reason: 'x' };
  expect(await codeOf(asKey.users.eraseUser(request))).toBe(Code.FailedPrecondition);
  const second = await plane.makeUser('Second', { platformAdmin: true });
  const codes = await Promise.all([codeOf(erase(second)), codeOf(erase(plane.admin, second))]);
  expect(codes.filter((code) => code === undefined)).toHaveLength(1);
});
