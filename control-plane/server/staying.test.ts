import { Code, createClient } from '@connectrpc/connect';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ApiKeyService, KeyRole } from '#proto/muster/v1/api_key_pb.js';
import { TeamRole } from '#proto/muster/v1/auth_pb.js';
import { startSimulatedFleet, type SimulatedFleet } from '../hosts/testing/simulated-fleet.ts';
import { clientsOf, clientsWithToken, codeOf, iterate, type Clients, type TestUser } from '../testing/index.ts';

let fleet: SimulatedFleet;
let elsewhere: string;
beforeAll(async () => {
  fleet = await startSimulatedFleet(1);
  elsewhere = (await fleet.plane.startReplica()).url;
});
afterAll(() => fleet?.stop());

let people = 0;
const person = (options = {}) => fleet.plane.makeUser(`streamer-${(people += 1)}`, options);
/** Somebody in a team of another person. */
async function member(role: TeamRole): Promise<{ owner: TestUser; user: TestUser; sandboxId: string }> {
  const [owner, user] = [await person(), await person()];
  const { teamId } = owner;
  await owner.clients.teams.addMember({ teamId, userId: user.id, role });
  const { sandbox } = await owner.clients.sandboxes.createSandbox({ limits: { memoryMib: 64, cpu: 0.5, diskMib: 64 } });
  return { owner, user, sandboxId: sandbox!.id };
}
/** Begins a stream; answers the code that ends it. */
async function ending(stream: AsyncIterable<unknown>): Promise<() => Promise<Code | undefined>> {
  const messages = iterate(stream);
  await messages.next();
  return async () => {
    for (;;) {
      const next = messages.next();
      const code = await codeOf(next);
      if (code !== undefined || (await next).done) return code;
    }
  };
}
const sleeping = (clients: Clients, sandboxId: string) =>
  ending(clients.processes.run({ sandboxId, argv: ['sleep', '600'] }));
const watching = (clients: Clients) => ending(clients.hosts.watchHosts({}));

test('streams end when the token ends by which they were opened', async () => {
  const { user, sandboxId } = await member(TeamRole.MEMBER);
  const { token } = await fleet.plane.services.installation.tokens.sign({
    audience: 'muster-user',
    subject: user.id,
    lifetimeMs: 2_000,
    claims: { sid: user.sessionId },
  });
  const clients = clientsWithToken(fleet.plane.url, token.reveal());
  const ends = await Promise.all([sleeping(clients, sandboxId), watching(clients)]);
  expect(await Promise.all(ends.map((end) => end()))).toEqual([Code.Unauthenticated, Code.Unauthenticated]);
});

test('streams end within seconds of the end of a session or key that nobody announces', async () => {
  const { owner, user, sandboxId } = await member(TeamRole.MEMBER);
  const { secret } = await createClient(ApiKeyService, owner.clients.transport).createApiKey({
    name: 'ci',
    teamId: owner.teamId,
    role: KeyRole.OPERATOR,
  });
  const key = clientsOf(fleet.plane.url, { 'x-api-key': secret });
  const ends = await Promise.all([sleeping(user.clients, sandboxId), watching(user.clients), sleeping(key, sandboxId)]);
  const { pool } = fleet.plane.services;
  await pool`update sessions set expires_at = now() where id = ${user.sessionId}`;
  await pool`update api_keys set expires_at = now() where maker_id = ${owner.id}`;
  expect(await Promise.all(ends.map((end) => end()))).toEqual(Array(3).fill(Code.Unauthenticated));
});

test('what a removed member runs and watches ends at once, on another replica and by their keys, too', async () => {
  const { owner, user, sandboxId } = await member(TeamRole.ADMIN);
  const { teamId } = owner;
  const { secret } = await createClient(ApiKeyService, user.clients.transport).createApiKey({
    name: 'ci',
    teamId,
    role: KeyRole.OPERATOR,
  });
  const key = clientsOf(fleet.plane.url, { 'x-api-key': secret });
  const there = clientsWithToken(elsewhere, user.token);
  const ends = await Promise.all([
    sleeping(user.clients, sandboxId),
    ending(there.sandboxes.watchSandboxes({ teamId })),
    sleeping(key, sandboxId),
  ]);
  await owner.clients.teams.removeMember({ teamId, userId: user.id });
  expect(await Promise.all(ends.map((end) => end()))).toEqual([Code.NotFound, Code.Aborted, Code.Unauthenticated]);
  expect(await codeOf(iterate(there.sandboxes.watchSandboxes({ teamId })).next())).toBe(Code.NotFound);
});

test('a demoted admin’s views end, and a command that a member may run goes on', async () => {
  const { owner, user, sandboxId } = await member(TeamRole.ADMIN);
  const watch = await ending(user.clients.sandboxes.watchSandboxes({ teamId: owner.teamId }));
  const run = iterate(user.clients.processes.run({ sandboxId, argv: ['sh', '-c', 'sleep 2; echo still here'] }));
  await run.next();
  await owner.clients.teams.setMemberRole({ teamId: owner.teamId, userId: user.id, role: TeamRole.MEMBER });
  expect(await watch()).toBe(Code.Aborted);
  const said = await run.next();
  expect(Buffer.from(said.value?.event.case === 'stdout' ? said.value.event.value : []).toString()).toBe(
    'still here\n',
  );
});

test('who is no platform admin any more sees no more as one', async () => {
  const admin = await person({ platformAdmin: true });
  const watch = await watching(admin.clients);
  await fleet.plane.admin.clients.users.setPlatformAdmin({ userId: admin.id, platformAdmin: false });
  expect(await watch()).toBe(Code.Aborted);
});

test('the streams of a deleted team end, and those of a locked-out user', async () => {
  const { owner, user, sandboxId } = await member(TeamRole.MEMBER);
  const { team } = await owner.clients.teams.createTeam({ name: 'Short' });
  await owner.clients.teams.addMember({ teamId: team!.id, userId: user.id, role: TeamRole.MEMBER });
  const watch = await ending(user.clients.sandboxes.watchSandboxes({ teamId: team!.id }));
  const run = await sleeping(user.clients, sandboxId);
  await owner.clients.teams.deleteTeam({ teamId: team!.id, confirmName: 'Short' });
  expect(await watch()).toBe(Code.Aborted);
  await fleet.plane.admin.clients.users.setUserActive({ userId: user.id, active: false });
  expect(await run()).toBe(Code.Unauthenticated);
});
