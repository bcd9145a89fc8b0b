import { Code } from '@connectrpc/connect';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { TeamRole } from '#proto/muster/v1/auth_pb.js';
import { CockpitChangeKind, type Cockpit } from '#proto/muster/v1/cockpit_pb.js';
import { startSimulatedFleet, type SimulatedFleet } from '../hosts/testing/simulated-fleet.ts';
import { codeOf, type TestUser } from '../testing/index.ts';

let fleet: SimulatedFleet;
let grace: TestUser;
let linus: TestUser;
beforeAll(async () => {
  fleet = await startSimulatedFleet(1);
  grace = fleet.plane.other;
  linus = await fleet.plane.makeUser('Linus');
});
afterAll(() => fleet?.stop());

const { SANDBOX, CO_USER, KEY, MACHINE } = CockpitChangeKind;
const cockpitOf = async (user: TestUser): Promise<Cockpit> =>
  (await user.clients.cockpit.getCockpit({ teamId: grace.teamId })).cockpit!;
const told = ({ changes }: Cockpit) => changes.map(({ kind, sentence, by }) => ({ kind, sentence, by }));
const see = (user: TestUser, { changes, visit }: Cockpit) =>
  user.clients.cockpit.markCockpitSeen({ teamId: grace.teamId, until: changes[0]!.at!, visit });

test('what a user did is no news to them; what their co-users did is, until they have seen it', async () => {
  const { sandbox } = await grace.clients.sandboxes.createSandbox({ metadata: { name: 'demo' } });
  const sandboxId = sandbox!.id;
  expect(told(await cockpitOf(grace))).toEqual([]);
  await grace.clients.teams.addMember({ teamId: grace.teamId, userId: linus.id, role: TeamRole.MEMBER });
  // What was before they joined is nothing that changed for them.
  expect(told(await cockpitOf(linus))).toEqual([]);

  await linus.clients.sandboxes.stopSandbox({ sandboxId });
  const stopped = { kind: SANDBOX, sentence: 'demo is stopped.', by: 'Linus' };
  const first = await cockpitOf(grace);
  expect(told(first)).toEqual([stopped]);
  expect(first).toMatchObject({ visit: 0n, more: false, teamId: grace.teamId });
  expect(first.changes[0]).toMatchObject({ subject: sandboxId });
  expect(told(await cockpitOf(linus))).toEqual([]);

  expect(told((await see(grace, first)).cockpit!)).toEqual([]);
  expect((await cockpitOf(grace)).since).toEqual(first.changes[0]!.at);
  // From the other tab, which showed the same.
  expect(await codeOf(see(grace, first))).toBe(Code.Aborted);
  await linus.clients.sandboxes.startSandbox({ sandboxId });
  const second = await cockpitOf(grace);
  expect(second.visit).toBe(1n);
  expect(told(second)).toEqual([{ ...stopped, sentence: 'demo is running.' }]);
  await see(grace, second);
  await expect(see(grace, { ...second, visit: 2n })).resolves.toMatchObject({
    cockpit: { since: second.changes[0]!.at },
  });
});

test('a sandbox that is lost is told to whoever made it', async () => {
  const { pool } = fleet.plane.services;
  const { sandbox } = await linus.clients.sandboxes.createSandbox({ teamId: grace.teamId, metadata: { name: 'lost' } });
  await pool`
    insert into sandbox_events (sandbox_id, wanted, observed, reason, host_id)
    select id, 'running', 'missing', 'Its host cannot be reached.', host_id from sandboxes where id = ${sandbox!.id}
  `;
  expect(told(await cockpitOf(linus))).toContainEqual({
    kind: SANDBOX,
    sentence: 'lost is missing. Its host cannot be reached.',
    by: '',
  });
});

test('people, keys and machines are told of, too, in the order in which they changed', async () => {
  const { pool } = fleet.plane.services;
  await see(grace, await cockpitOf(grace));
  await fleet.plane.admin.clients.teams.setTeamOwnHosts({ teamId: grace.teamId, ownHosts: true });
  const { host } = await grace.clients.hosts.createHost({ name: 'own-1', teamId: grace.teamId });
  await grace.clients.gateway.createGatewayToken({ teamId: grace.teamId, userId: linus.id, name: 'editor' });
  await pool`
    insert into component_history (host_id, component, repository, running_sha, disk_sha, dirty, started_at)
    values (${host!.id}, 'web', 'app', ${'a'.repeat(40)}, '', false, now())
  `;
  expect(told(await cockpitOf(linus)).filter(({ kind }) => kind !== SANDBOX)).toEqual([
    { kind: MACHINE, sentence: 'web on own-1 runs aaaaaaa.', by: '' },
    { kind: KEY, sentence: 'The gateway token editor was made.', by: 'Grace' },
    { kind: MACHINE, sentence: 'own-1 is to become a machine of the team.', by: 'Grace' },
  ]);

  await linus.clients.teams.leaveTeam({ teamId: grace.teamId });
  expect(told(await cockpitOf(grace))[0]).toEqual({ kind: CO_USER, sentence: 'Linus left.', by: '' });
  expect(await codeOf(cockpitOf(linus))).toBe(Code.NotFound);
});

test('the stream tells what changes while it is looked at, and ends with its caller', async () => {
  const ending = new AbortController();
  const seen: Cockpit[] = [];
  const reading = (async () => {
    for await (const { event } of grace.clients.cockpit.watchCockpit({}, { signal: ending.signal })) {
      if (event.case !== 'cockpit') continue;
      seen.push(event.value);
      if (seen.length === 1) {
        await grace.clients.teams.addMember({ teamId: grace.teamId, userId: linus.id, role: TeamRole.MEMBER });
        const { sandboxes } = await linus.clients.sandboxes.listSandboxes({ teamId: grace.teamId });
        await linus.clients.sandboxes.pauseSandbox({
          sandboxId: sandboxes.find(({ metadata }) => metadata['name'] === 'demo')!.id,
        });
      }
      if (event.value.changes.some(({ sentence }) => sentence === 'demo is paused.')) ending.abort();
    }
  })();
  await expect(reading).rejects.toMatchObject({ code: Code.Canceled });
  // Nothing is told twice.
  expect(new Set(seen.map(({ changes }) => JSON.stringify(changes.map(({ key }) => key)))).size).toBe(seen.length);
});
