import { afterAll, beforeAll, expect, test } from 'vitest';
import { callPlain, startTestControlPlane, type TestControlPlane } from '../testing/index.ts';
import { mintSetupLink } from './tokens.ts';

let controlPlane: TestControlPlane;
beforeAll(async () => {
  controlPlane = await startTestControlPlane({ users: false });
});
afterAll(() => controlPlane.stop());

const tokenOf = (link: string | undefined) => link!.split('#')[1]!;
const complete = (setupToken: string, email = 'ada@example.org', url = controlPlane.url) =>
  callPlain(url, 'muster.v1.SetupService/CompleteSetup', {
    setupToken,
    name: ' Ada ',
    email,
    password: 'correct horse battery',
  });

test('a wrong, mistyped, expired or foreign setup token is one and the same refusal, and burns nothing', async () => {
  const { pool } = controlPlane.services;
  const link = await mintSetupLink(controlPlane.context);
  expect(link).toMatch(new RegExp(`^${controlPlane.url}/setup#mst_set_`));
  const token = tokenOf(link);
  const expired = tokenOf(await mintSetupLink(controlPlane.context));
  await pool`update one_time_tokens set expires_at = now() - interval '1 second' where id = ${expired.split('_')[2]!}`;
  const other = tokenOf(await mintSetupLink(controlPlane.context));
  await pool`update one_time_tokens set token_hash = sha256('other') where id = ${other.split('_')[2]!}`;
  for (const bad of ['x', `${token.slice(0, -1)}!`, token.replace('_set_', '_ses_'), expired, other]) {
    expect(await complete(bad)).toMatchObject({
      status: 401,
      body: { message: 'No valid credential was presented.' },
      info: { reason: 'REASON_UNAUTHENTICATED' },
    });
  }
  const { setupRequired } = await controlPlane.anonymous.setup.getSetup({});
  expect(setupRequired).toBe(true);
});

test('a link works for thirty minutes', async () => {
  const id = tokenOf(await mintSetupLink(controlPlane.context)).split('_')[2]!;
  const [token] = await controlPlane.services.pool`
    select extract(epoch from expires_at - created_at)::integer as seconds from one_time_tokens where id = ${id}`;
  expect(token).toEqual({ seconds: 1800 });
});

test('nobody signs up before the setup', async () => {
  await expect(
    controlPlane.anonymous.auth.signUp({ name: 'Eve', email: 'eve@example.org', password: 'correct horse battery' }),
  ).rejects.toMatchObject({
    message: expect.stringContaining('no admin yet'),
  });
});

test('fields are checked before anything else, each by its name', async () => {
  const answer = await callPlain(controlPlane.url, 'muster.v1.SetupService/CompleteSetup', {
    setupToken: 'x',
    name: 'Ada',
    email: 'ada',
    password: 'correct horse battery',
  });
  expect(answer).toMatchObject({ status: 400, info: { reason: 'REASON_INVALID_FIELD', field: 'email' } });
  expect(answer.body['message']).toMatch(/^email: must be /);
});

let usedToken: string;

test('of many who set up at once, one becomes the admin, signed in, with a team of their own', async () => {
  const links = await Promise.all(Array.from({ length: 4 }, () => mintSetupLink(controlPlane.context)));
  const replica = await controlPlane.startReplica();
  const urls = [controlPlane.url, replica.url];
  const answers = await Promise.all(
    links.flatMap((link, index) => urls.map((url) => complete(tokenOf(link), `ada${index}@example.org`, url))),
  );
  usedToken = tokenOf(links[Math.floor(answers.findIndex(({ status }) => status === 200) / urls.length)]);
  const [winner, ...more] = answers.filter(({ status }) => status === 200);
  expect(more).toEqual([]);
  expect(winner!.body['caller']).toMatchObject({
    name: 'Ada',
    platformAdmin: true,
    teams: [{ role: 'TEAM_ROLE_OWNER', teamSlug: expect.stringMatching(/^[0-9a-f]{6}-[0-9a-f]{6}$/) }],
  });
  for (const { status, info } of answers.filter((answer) => answer !== winner)) {
    expect([status, info?.['reason']]).toBeOneOf([
      [400, 'REASON_SETUP_DONE'],
      [401, 'REASON_UNAUTHENTICATED'],
    ]);
  }
  const cookie = winner!.headers.get('set-cookie')!;
  expect(cookie).toMatch(/^muster-loopback-\d+=mst_ses_\w+; Path=\/; HttpOnly; SameSite=Lax; Max-Age=\d+$/);
  const { pool } = controlPlane.services;
  expect(await pool`select count(*)::integer as users from users`).toMatchObject([{ users: 1 }]);
  expect(
    await pool`select count(*)::integer as open from one_time_tokens where used_at is null and revoked_at is null`,
  ).toMatchObject([{ open: 0 }]);
});

test('afterwards there is no second setup and no further link', async () => {
  const { setupRequired } = await controlPlane.anonymous.setup.getSetup({});
  expect(setupRequired).toBe(false);
  expect(await mintSetupLink(controlPlane.context)).toBeUndefined();
  for (const token of [usedToken, 'mst_set_x'])
    expect(await complete(token)).toMatchObject({ status: 400, info: { reason: 'REASON_SETUP_DONE' } });
});
