import { ConnectError } from '@connectrpc/connect';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ErrorInfoSchema, Reason } from '#proto/muster/v1/errors_pb.js';
import { startSimulatedFleet, type SimulatedFleet } from '../hosts/testing/simulated-fleet.ts';
import { expectEventually, type TestUser } from '../testing/index.ts';

let fleet: SimulatedFleet;
beforeAll(async () => void (fleet = await startSimulatedFleet(2)));
afterAll(() => fleet?.stop());

let people = 0;
const person = (): Promise<TestUser> => fleet.plane.makeUser(`member-${(people += 1)}`);
const small = { limits: { memoryMib: 64, cpu: 0.5, diskMib: 64 } };
const reasonOf = (call: Promise<unknown>) =>
  call.then(
    () => 'done',
    (error: unknown) => {
      const refused = ConnectError.from(error);
      return refused.findDetails(ErrorInfoSchema)[0]?.reason ?? refused.code;
    },
  );

test('a quota holds, also when many creates come at once', async () => {
  const member = await person();
  const { teamId } = member;
  await fleet.plane.admin.clients.teams.setTeamQuota({ teamId, quota: { sandboxes: 3, cpu: 10 } });
  const answers = await Promise.all(
    Array.from({ length: 12 }, () => reasonOf(member.clients.sandboxes.createSandbox(small))),
  );
  expect(answers.filter((answer) => answer === 'done')).toHaveLength(3);
  expect(answers.filter((answer) => answer === Reason.QUOTA_EXCEEDED)).toHaveLength(9);
  const { used, quota } = await member.clients.teams.getTeamUsage({ teamId });
  expect(used).toMatchObject({ sandboxes: 3, cpu: 1.5, memoryMib: 192n });
  expect(quota).toMatchObject({ sandboxes: 3, cpu: 10, memoryMib: 0n });

  const { sandboxes } = await member.clients.sandboxes.listSandboxes({});
  await member.clients.sandboxes.destroySandbox({ sandboxId: sandboxes[0]!.id });
  expect(await reasonOf(member.clients.sandboxes.createSandbox(small))).toBe('done');
});

test('every resource of a quota is counted', async () => {
  const member = await person();
  const { teamId } = member;
  const { setTeamQuota } = fleet.plane.admin.clients.teams;
  for (const quota of [{ cpu: 0.4 }, { memoryMib: 32n }, { diskMib: 32n }]) {
    await setTeamQuota({ teamId, quota });
    expect(await reasonOf(member.clients.sandboxes.createSandbox(small))).toBe(Reason.QUOTA_EXCEEDED);
  }
  await setTeamQuota({ teamId, quota: {} });
  expect(await reasonOf(member.clients.sandboxes.createSandbox(small))).toBe('done');
});

test('of a team that is deleted while sandboxes are created, none remains', async () => {
  const member = await person();
  const { team } = await member.clients.teams.createTeam({ name: 'Short-lived' });
  const teamId = team!.id;
  const creating = Array.from({ length: 8 }, () =>
    reasonOf(member.clients.sandboxes.createSandbox({ ...small, teamId })),
  );
  const { destroyedSandboxes } = await member.clients.teams.deleteTeam({ teamId, confirmName: 'Short-lived' });
  const answers = await Promise.all(creating);
  expect(destroyedSandboxes).toBeLessThanOrEqual(8);
  for (const answer of answers)
    expect(['done', Reason.NOT_FOUND, Reason.NO_TEAM, Reason.NOT_ALLOWED]).toContain(answer);
  const live = async () => {
    const rows = await fleet.plane.context.sql`
      select id from sandboxes where team_id = ${teamId} and observed not in ('destroyed', 'failed')
    `;
    return rows.length;
  };
  await expectEventually(live, 0);
  expect(await reasonOf(member.clients.sandboxes.createSandbox({ ...small, teamId }))).not.toBe('done');
});
