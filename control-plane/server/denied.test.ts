import { Code, createClient } from '@connectrpc/connect';
import { createGrpcTransport } from '@connectrpc/connect-node';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ApiKeyService, KeyRole } from '#proto/muster/v1/api_key_pb.js';
import { AuditOutcome, AuditService } from '#proto/muster/v1/audit_pb.js';
import { FileService } from '#proto/muster/v1/file_pb.js';
import { ProcessService } from '#proto/muster/v1/process_pb.js';
import { clientsOf, codeOf, startTestControlPlane, type TestControlPlane, type TestUser } from '../testing/index.ts';

let muster: TestControlPlane;
let member: TestUser;
beforeAll(async () => {
  muster = await startTestControlPlane();
  member = await muster.makeUser('Mel');
  await muster.services
    .pool`insert into team_members (team_id, user_id, role) values (${muster.other.teamId}, ${member.id}, 'member')`;
});
afterAll(() => muster.stop());

const strange = 'sbx0123456789zz';
const unknown = 'sbx000000000nil';
const keysOf = (user: TestUser) => createClient(ApiKeyService, user.clients.transport);

test('what was denied in a team stands in its audit, and an outsider can put nothing there', async () => {
  const { other, admin } = muster;
  const attempt = (call: Promise<unknown>) => expect(call).rejects.toBeDefined();
  const teamId = other.teamId;
  await attempt(member.clients.teams.updateTeam({ teamId, name: 'Mine now' }));
  await attempt(keysOf(member).createApiKey({ teamId, name: 'x', role: KeyRole.OPERATOR }));
  const { key, secret } = await keysOf(admin).createApiKey({
    teamId: admin.teamId,
    name: 'prober',
    role: KeyRole.OPERATOR,
  });
  const asKey = clientsOf(muster.url, { 'x-api-key': secret });
  await attempt(asKey.teams.updateTeam({ teamId, name: 'Ours now' }));
  const denied = async (reader: TestUser) =>
    (
      await createClient(AuditService, reader.clients.transport).listAuditEvents({
        teamId: reader.teamId,
        filter: { outcomes: [AuditOutcome.DENIED] },
      })
    ).events.map(({ action, actor }) => `${actor!.id} ${action}`);
  expect(await denied(other)).toEqual(
    expect.arrayContaining([`user:${member.id} team.update`, `user:${member.id} api_key.create`]),
  );
  expect((await denied(other)).filter((line) => line.startsWith('key:'))).toEqual([]);
  expect(await denied(admin)).toContain(`key:${key!.id} team.update`);
});

test('a key that asks for what is another team’s leaves a row, as for what nobody has, and one a minute for the same; who looks at their own leaves none', async () => {
  const { other, admin, services } = muster;
  const { key, secret } = await keysOf(admin).createApiKey({
    teamId: admin.teamId,
    name: 'walker',
    role: KeyRole.OPERATOR,
  });
  await services.pool`insert into hosts (id, name, status) values ('host0123456789ab', 'h1', 'unreachable')`;
  await services.pool`
    insert into sandboxes (id, team_id, created_by, host_id, template, cpu_millis, memory_mib, disk_mib, pids, observed)
    values (${strange}, ${other.teamId}, 'user:x', 'host0123456789ab', 'base', 100, 64, 64, 64, 'missing')`;
  const { teams, sandboxes, processes, transport } = clientsOf(muster.url, { 'x-api-key': secret });
  const files = createClient(FileService, transport);
  await teams.getTeam({ teamId: admin.teamId });
  await sandboxes.listSandboxes({});
  const path = { case: 'path', value: '/tmp/x' } as const;
  const walks = [
    () => sandboxes.getSandbox({ sandboxId: strange }),
    () => sandboxes.getSandbox({ sandboxId: unknown }),
    () => sandboxes.getSandbox({ sandboxId: strange }),
    () => teams.getTeam({ teamId: other.teamId }),
    () => drained(files.readFile({ sandboxId: strange, at: path })),
    () => drained(processes.run({ sandboxId: strange, argv: ['true'] })),
    () => files.uploadFile(only({ part: { case: 'start' as const, value: { sandboxId: strange, at: path } } })),
  ];
  for (const walk of walks) expect(await codeOf(walk())).toBe(Code.NotFound);
  expect(await deniedTo(`key:${key!.id}`)).toEqual([
    { action: 'sandbox.read', target: strange, teamId: admin.teamId },
    { action: 'sandbox.read', target: unknown, teamId: admin.teamId },
    { action: 'team.read', target: other.teamId, teamId: admin.teamId },
    { action: 'file.read', target: strange, teamId: admin.teamId },
    { action: 'sandbox.run', target: strange, teamId: admin.teamId },
    { action: 'file.write', target: strange, teamId: admin.teamId },
  ]);
});

test('a stream that is denied before it is looked at leaves a row with its sandbox and its team', async () => {
  const { admin, url } = muster;
  const { key, secret } = await keysOf(admin).createApiKey({
    teamId: admin.teamId,
    name: 'reader',
    role: KeyRole.READ_ONLY,
  });
  const headers = { 'x-api-key': secret };
  const grpc = createClient(ProcessService, createGrpcTransport({ baseUrl: url }));
  const { processes, transport } = clientsOf(url, headers);
  const files = createClient(FileService, transport);
  const at = { case: 'path', value: '/tmp/x' } as const;
  const attempts = [
    () => drained(processes.run({ sandboxId: strange, argv: ['true'] })),
    () => drained(grpc.attachProcess({ sandboxId: unknown, processId: 'proc0123456789ab' }, { headers })),
    () => drained(files.readFile({ sandboxId: strange, at })),
    () => files.uploadFile(only({ part: { case: 'start' as const, value: { sandboxId: strange, at } } })),
  ];
  for (const attempt of attempts) expect(await codeOf(attempt())).toBe(Code.PermissionDenied);
  const row = { target: strange, teamId: admin.teamId };
  expect(await deniedTo(`key:${key!.id}`)).toEqual([
    { action: 'sandbox.run', ...row },
    { action: 'sandbox.run', ...row, target: unknown },
    { action: 'file.read', ...row },
    { action: 'file.write', ...row },
  ]);
});

const deniedTo = (actor: string) => muster.services.pool`
  select action, target, team_id as "teamId" from audit_events where actor = ${actor} and outcome = 'denied' order by id`;

async function drained(messages: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of messages) void _;
}

async function* only<T>(item: T): AsyncGenerator<T> {
  yield item;
}
