import { createClient } from '@connectrpc/connect';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ApiKeyService, KeyRole } from '#proto/muster/v1/api_key_pb.js';
import { AuditOutcome, AuditService } from '#proto/muster/v1/audit_pb.js';
import { clientsOf, startTestControlPlane, type TestControlPlane, type TestUser } from '../testing/index.ts';

let muster: TestControlPlane;
let member: TestUser;
beforeAll(async () => {
  muster = await startTestControlPlane();
  member = await muster.makeUser('Mel');
  await muster.services
    .pool`insert into team_members (team_id, user_id, role) values (${muster.other.teamId}, ${member.id}, 'member')`;
});
afterAll(() => muster.stop());

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
