import { Code } from '@connectrpc/connect';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { ObservedState } from '#proto/muster/v1/sandbox_pb.js';
import {
  TesterState,
  TesterStepKind as Kind,
  TesterStepState,
  type Tester,
  type WatchTesterResponse,
} from '#proto/muster/v1/tester_pb.js';
import { startSimulatedFleet, type SimulatedFleet } from '../hosts/testing/simulated-fleet.ts';
import { startMailServer, type TestMailServer } from '../mail/testing/mail-server.ts';
import { clientsOf, codeOf, eventually, failureOf } from '../testing/index.ts';

let mail: TestMailServer;
let fleet: SimulatedFleet;
beforeAll(async () => {
  mail = await startMailServer();
  fleet = await startSimulatedFleet(1, {
    env: {
      MUSTER_SMTP_URL: mail.url,
      MUSTER_MAIL_FROM: 'muster@example.com',
      MUSTER_MAIL_TIMEOUT: '500ms',
    },
  });
});
afterAll(async () => {
  await fleet?.stop();
  await mail?.close();
});
afterEach(() => {
  mail.behaviour = 'take';
});

const api = () => fleet.plane.admin.clients.testers;
const small = { memoryMib: 64, diskMib: 64 };
const add = async (name: string, more = {}) => {
  const email = `${name.toLowerCase()}@testers.example`;
  return (await api().addTester({ name, email, limits: small, ...more })).tester!;
};
const read = async ({ id }: Tester) => (await api().getTester({ testerId: id })).tester!;
const inState = (tester: Tester, state: TesterState) =>
  eventually(
    () => read(tester),
    (seen) => expect([seen.state, seen.steps]).toEqual([state, seen.steps]),
  );
const ready = (tester: Tester) => inState(tester, TesterState.READY);
const stepOf = ({ steps }: Tester, kind: Kind) => steps.find((step) => step.kind === kind);
const gone = (tester: Tester) =>
  eventually(
    () => codeOf(read(tester)),
    (code) => expect(code).toBe(Code.NotFound),
  );
const remove = ({ id, name }: Tester) => api().removeTester({ testerId: id, confirmName: name, reason: 'Done.' });
const mailsTo = (tester: Tester) => mail.mails.filter(({ to }) => to === tester.email);
const accountsOf = async (tester: Tester) =>
  (await fleet.plane.services.pool<{ id: string }[]>`select id from users where email_key = ${tester.email}`).length;

test('one action: account, team, a sandbox that does not expire, and a mail that lets them in', async () => {
  const tester = await ready(await add('Mary'));
  expect(tester.steps.map(({ kind, state }) => [kind, state])).toEqual(
    [Kind.ACCOUNT, Kind.TEAM, Kind.KEYS, Kind.SANDBOX, Kind.WELCOME].map((kind) => [kind, TesterStepState.DONE]),
  );
  const [welcome] = mailsTo(tester);
  const token = /\/reset#(mst_pwr_\w+)/.exec(welcome!.text)?.[1];
  const theirs = clientsOf(fleet.plane.url);
  await theirs.auth.resetPassword({ token: token!, newPassword: 'a password of Mary' });
  const { caller } = await theirs.auth.logIn({ email: tester.email, password: 'a password of Mary' });
  expect(caller?.activeTeamId).toBe(tester.teamId);
  const { sandbox } = await fleet.plane.admin.clients.sandboxes.getSandbox({ sandboxId: tester.sandboxId });
  expect(sandbox).toMatchObject({ observed: ObservedState.RUNNING, teamId: tester.teamId });
  expect(sandbox?.expiresAt).toBeUndefined();
});

test('two admins who bring the same address in at once get one tester, with one account', async () => {
  const second = await fleet.plane.makeUser('Second', { platformAdmin: true });
  const asked = { email: 'Twice@Testers.example', limits: small };
  const csv = 'email,name\ntwice@testers.example,Twice';
  const answers = await Promise.all([
    ...Array.from({ length: 4 }, () => api().addTester({ name: 'Twice', ...asked })),
    ...Array.from({ length: 4 }, () => second.clients.testers.addTester({ name: 'Twice', ...asked })),
    second.clients.testers.importTesters({ csv, limits: small }).then(() => undefined),
  ]);
  const testers = answers.flatMap((answer) => answer ?? []);
  expect(new Set(testers.map(({ tester }) => tester!.id)).size).toBe(1);
  expect(testers.filter(({ existed }) => !existed).length).toBeLessThanOrEqual(1);
  const tester = await ready(testers[0]!.tester!);
  expect(await accountsOf({ ...tester, email: 'twice@testers.example' })).toBe(1);
  expect(mail.mails.filter(({ to }) => to.toLowerCase() === 'twice@testers.example')).toHaveLength(1);
});

test('while the mail server is down, the step says so, and it is done once it is back, by itself or repeated', async () => {
  mail.behaviour = 'later';
  const [one, two] = [await add('Late'), await add('Later')];
  const failed = await inState(one, TesterState.FAILED);
  expect(stepOf(failed, Kind.WELCOME)).toMatchObject({
    state: TesterStepState.FAILED,
    sentence: expect.stringContaining('service setup'),
  });
  expect(stepOf(failed, Kind.SANDBOX)?.state).toBe(TesterStepState.DONE);
  await inState(two, TesterState.FAILED);
  // Whatever has failed, of both; before the outbox can be quicker.
  expect(await api().retryTesterStep({})).toMatchObject({ testers: 2 });
  mail.behaviour = 'take';
  await ready(one);
  await ready(two);
  mail.behaviour = 'later';
  await api().retryTesterStep({ testerId: two.id, step: Kind.WELCOME });
  await inState(two, TesterState.FAILED);
  mail.behaviour = 'take';
  await fleet.plane.services.pool`update mail_outbox set next_attempt_at = now() where sealed is not null`;
  fleet.plane.replica.loops.wake('mail.send');
  await ready(two);
  expect([mailsTo(one).length, mailsTo(two).length]).toEqual([1, 2]);
});

test('a step that was done can be repeated alone: another mail, and another sandbox only where theirs is gone', async () => {
  const tester = await ready(await add('Again'));
  await api().retryTesterStep({ testerId: tester.id, step: Kind.WELCOME });
  await eventually(
    () => mailsTo(tester).length,
    (mails) => expect(mails).toBe(2),
  );
  await ready(tester);
  await api().retryTesterStep({ testerId: tester.id, step: Kind.SANDBOX });
  expect((await ready(tester)).sandboxId).toBe(tester.sandboxId);
  await fleet.plane.admin.clients.sandboxes.destroySandbox({ sandboxId: tester.sandboxId });
  await api().retryTesterStep({ testerId: tester.id, step: Kind.SANDBOX });
  await eventually(
    () => ready(tester),
    ({ sandboxId }) => expect(sandboxId).not.toBe(tester.sandboxId),
  );
});

test('what cannot be done says why, holds up only what needs it, and is taken back half-way', async () => {
  const tester = await inState(await add('Huge', { limits: { memoryMib: 262_144 } }), TesterState.FAILED);
  expect(stepOf(tester, Kind.SANDBOX)?.sentence).toContain('1 too small');
  expect(stepOf(tester, Kind.WELCOME)?.state).toBe(TesterStepState.WAITING);
  expect(await codeOf(api().retryTesterStep({ testerId: tester.id, step: Kind.WELCOME }))).toBe(
    Code.FailedPrecondition,
  );
  await remove(tester);
  await gone(tester);
  expect([await accountsOf(tester), mailsTo(tester).length]).toEqual([0, 0]);
});

test('removing undoes all of it by name, tells whoever watches, and the address is free again', async () => {
  const tester = await ready(await add('Brief'));
  expect((await failureOf(api().removeTester({ testerId: tester.id, confirmName: 'Somebody' }))).code).toBe(
    Code.InvalidArgument,
  );
  expect(await api().removeTester({ testerId: tester.id, dryRun: true })).toMatchObject({ sandboxes: 1, coUsers: 0 });
  const seen: WatchTesterResponse['event'][] = [];
  const watching = (async () => {
    for await (const { event } of api().watchTester({ testerId: tester.id })) seen.push(event);
  })();
  await eventually(
    () => seen.length,
    (length) => expect(length).toBeGreaterThan(0),
  );
  await remove(tester);
  await gone(tester);
  await watching;
  expect(seen.at(-1)).toMatchObject({ case: 'removed', value: tester.id });
  const { pool } = fleet.plane.services;
  const [left] = await pool`
    select team.deleted_at is not null as "teamEnded", sandbox.wanted, users.erased_at is not null as erased
    from teams team join sandboxes sandbox on sandbox.team_id = team.id join users on users.id = ${tester.userId}
    where team.id = ${tester.teamId}`;
  expect(left).toEqual({ teamEnded: true, wanted: 'destroyed', erased: true });
  const actions = await pool<{ action: string }[]>`
    select distinct action from audit_events where target = ${tester.id} and outcome <> 'denied' order by action`;
  expect(actions.map(({ action }) => action)).toEqual([
    'tester.add',
    'tester.remove',
    'tester.removed',
    'tester.step',
    'tester.step.undo',
  ]);
  expect((await ready(await add('Brief'))).id).not.toBe(tester.id);
});

test('whoever is removed in the very moment in which they are brought in leaves nothing behind', async () => {
  const testers = await Promise.all(['Flash', 'Dash', 'Rush', 'Zip'].map((name) => add(name)));
  await Promise.all(testers.map((tester) => remove(tester)));
  await Promise.all(testers.map((tester) => gone(tester)));
  const [left] = await fleet.plane.services.pool`
    select (select count(*)::int from users where email_key = any(${testers.map(({ email }) => email)}::text[])) as users,
      (
        select count(*)::int from sandboxes join teams on teams.id = team_id
        where wanted <> 'destroyed' and (teams.deleted_at is not null or teams.name ~ '^(Flash|Dash|Rush|Zip)')
      ) as sandboxes`;
  expect(left).toEqual({ users: 0, sandboxes: 0 });
});

test('an account that was there before is taken, told so, and stays', async () => {
  const known = await fleet.plane.makeUser('Known');
  const tester = await ready(await add('Known', { email: known.email }));
  expect(tester).toMatchObject({ userId: known.id, accountMade: false });
  expect(tester.teamId).not.toBe(known.teamId);
  expect(mailsTo(tester)[0]!.text).not.toContain('/reset#');
  await remove(tester);
  await gone(tester);
  expect((await known.clients.users.getUser({})).user).toMatchObject({ active: true, teams: ["Known's team"] });
});

test('an assigned machine is theirs alone while they are testers, and needs to be free of others', async () => {
  const host = await fleet.addHost('bench-1');
  const others = { limits: small, hostLabels: {} };
  const tester = await ready(await add('Own', { host: 'bench-1' }));
  const { sandboxes } = fleet.plane.admin.clients;
  expect((await sandboxes.getSandbox({ sandboxId: tester.sandboxId })).sandbox?.hostId).toBe(host.id);
  expect((await failureOf(add('Second', { host: 'bench-1' }))).code).toBe(Code.AlreadyExists);
  const made = await Promise.all(Array.from({ length: 3 }, () => sandboxes.createSandbox(others)));
  expect(made.some(({ sandbox }) => sandbox?.hostId === host.id)).toBe(false);
  await remove(tester);
  await gone(tester);
  await eventually(
    () => sandboxes.createSandbox(others),
    ({ sandbox }) => expect(sandbox?.hostId).toBe(host.id),
  );
  const refused = await inState(await add('Late-owner', { host: 'bench-1' }), TesterState.FAILED);
  expect(stepOf(refused, Kind.MACHINE)?.sentence).toMatch(/Others still have .*bench-1.*Drain it first/);
});

test('somebody who is erased is a tester no longer, and what they had as one goes', async () => {
  const tester = await ready(await add('Erased'));
  const { users } = fleet.plane.admin.clients;
  await users.eraseUser({ userId: tester.userId, confirmName: 'Erased', reason: 'Asked for it.' });
  await gone(tester);
});
