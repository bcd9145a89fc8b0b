import { afterAll, beforeAll, expect, test } from 'vitest';
import { newSession, newTeam, newUser } from '../access/testing/matrix-world.ts';
import { startTestControlPlane, type TestControlPlane } from '../testing/index.ts';
import { findLiveSessions } from './store.ts';

let plane: TestControlPlane;
beforeAll(async () => void (plane = await startTestControlPlane()));
afterAll(() => plane?.stop());

test('a session tells the teams that stand, the oldest first, and which of them require what the user lacks', async () => {
  const { sql } = plane.context;
  const user = await plane.makeUser('Several');
  const joined = async (name: string, daysAgo: number, changes: { requires?: boolean; isDeleted?: boolean }) => {
    const owner = await plane.makeUser(name);
    const { requires = false, isDeleted = false } = changes;
    await sql`
      insert into team_members (team_id, user_id, role, joined_at)
      values (${owner.teamId}, ${user.id}, 'member', now() - ${daysAgo} * interval '1 day')`;
    await sql`
      update teams set name = ${name}, require_second_factor = ${requires}, deleted_at = case when ${isDeleted} then now() end
      where id = ${owner.teamId}`;
    return owner.teamId;
  };
  const [third, first] = [
    await joined('zebras', 1, { requires: true }),
    await joined('Apples', 3, { requires: true }),
    await joined('Gone', 2, { requires: true, isDeleted: true }),
  ];
  const read = async () => (await findLiveSessions(sql, [user.sessionId])).get(user.sessionId);
  const session = await read();
  expect(session?.memberships).toMatchObject([
    { teamId: first, teamName: 'Apples', role: 'member' },
    { teamId: third, teamName: 'zebras', role: 'member' },
    { teamId: user.teamId, role: 'owner' },
  ]);
  expect(session).toMatchObject({ userId: user.id, sso: null, stale: false });
  expect(session?.secondFactorDemand).toEqual({ installation: false, teams: ['Apples', 'zebras'] });

  await sql`update teams set deleted_at = now() where id in (select team_id from team_members where user_id = ${user.id})`;
  expect(await read()).toMatchObject({ memberships: [], secondFactorDemand: undefined });
  await sql`update installation set require_second_factor = true`;
  expect((await read())?.secondFactorDemand).toEqual({ installation: true, teams: [] });
  await sql`update sessions set revoked_at = now() where id = ${user.sessionId}`;
  expect(await read()).toBeUndefined();
});

test('of sessions that are asked for together each tells its own user and teams', async () => {
  const { sql } = plane.context;
  const { teamId: shared, ownerId } = await newTeam(sql);
  const { teamId: other } = await newTeam(sql);
  const guestId = await newUser(sql, { teams: { [shared]: 'member', [other]: 'admin' } });
  const teamless = await newUser(sql);
  const [owner, guest, again, alone, over] = await Promise.all(
    [ownerId, guestId, guestId, teamless, ownerId].map(async (userId) => (await newSession(sql, userId)).id),
  );
  await sql`update sessions set revoked_at = now() where id = ${over!}`;
  const asked = [owner!, guest!, again!, alone!, over!, 'nobody'];
  const found = await findLiveSessions(sql, asked);
  expect(asked.map((id) => found.get(id)?.userId)).toEqual([ownerId, guestId, guestId, teamless, undefined, undefined]);
  const rolesOf = (id: string) =>
    Object.fromEntries(found.get(id)!.memberships.map(({ teamId, role }) => [teamId, role]));
  expect(rolesOf(owner!)).toEqual({ [shared]: 'owner' });
  for (const id of [guest!, again!]) expect(rolesOf(id)).toEqual({ [shared]: 'member', [other]: 'admin' });
  expect(rolesOf(alone!)).toEqual({});
  // As each is told alone.
  for (const id of asked) expect((await findLiveSessions(sql, [id])).get(id)).toEqual(found.get(id));
});
