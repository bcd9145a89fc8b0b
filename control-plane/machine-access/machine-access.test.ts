import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { Code, createClient } from '@connectrpc/connect';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { AuditService } from '#proto/muster/v1/audit_pb.js';
import { ErrorInfoSchema } from '#proto/muster/v1/errors_pb.js';
import { HostAccessState, type HostAccess } from '#proto/muster/v1/machine_access_pb.js';
import type { SimulatedHost } from '../../simulator/index.ts';
import { startSimulatedFleet, type SimulatedFleet } from '../hosts/testing/simulated-fleet.ts';
import { codeOf, eventually, expectEventually, failureOf, type TestUser } from '../testing/index.ts';
import { newPublicKey } from './testing/new-public-key.ts';

const accounts = [
  { name: 'ops', takesSupport: true },
  { name: 'tester', takesTesters: true },
];
let fleet: SimulatedFleet;
let one: SimulatedHost;
let two: SimulatedHost;
let bare: SimulatedHost;

beforeAll(async () => {
  fleet = await startSimulatedFleet(0);
  [one, two, bare] = [
    await fleet.addHost('one', { accounts }),
    await fleet.addHost('two', { accounts }),
    await fleet.addHost('bare'),
  ];
});
afterAll(() => fleet?.stop());

const api = () => fleet.plane.admin.clients.machineAccess;
const overview = async () => (await api().getMachineAccess({})).access!;
const accessTo = async ({ id }: SimulatedHost): Promise<HostAccess> =>
  (await api().getHostAccess({ hostId: id })).access!;
const keysOn = (host: SimulatedHost) => host.access.keys.map(({ id }) => id).toSorted();
const rowsOf = async (action: string) =>
  (
    await createClient(AuditService, fleet.plane.admin.clients.transport).listAuditEvents({
      filter: { actionPrefix: action },
    })
  ).events;
const addKey = async (name: string, more: { hostIds?: string[]; expiresInMs?: number } = {}) => {
  const { hostIds = [], expiresInMs } = more;
  const { supportKey } = await api().addSupportKey({
    name,
    publicKey: `${newPublicKey()} eve@laptop\n`,
    hostIds,
    ...(expiresInMs !== undefined && { expiresAt: timestampFromMs(Date.now() + expiresInMs) }),
  });
  return supportKey!;
};
const settled = (count: number) =>
  eventually(overview, (seen) =>
    expect(seen).toMatchObject({ applied: count, offered: count, notOffered: 1, behind: [] }),
  );

async function allow(host: SimulatedHost, ...people: TestUser[]): Promise<void> {
  const { version } = await accessTo(host);
  await api().setHostAccess({ hostId: host.id, userIds: people.map(({ id }) => id), version });
}

test('a support key comes onto every machine that offers an account, and goes again', async () => {
  await settled(2);
  const key = await addKey('Eve, laptop', { expiresInMs: 3_600_000 });
  await eventually(
    () => [one, two, bare].map(keysOn),
    (seen) => expect(seen).toEqual([[key.id], [key.id], []]),
  );
  await settled(2);
  expect(one.access.keys[0]?.publicKey).toBe(key.publicKey);
  const { supportKeys } = await api().listSupportKeys({});
  expect(supportKeys).toEqual([
    expect.objectContaining({ name: 'Eve, laptop', createdBy: 'Ada', installed: 2, wanted: 2, expired: false }),
  ]);
  expect(await accessTo(bare)).toMatchObject({ state: HostAccessState.NOT_OFFERED });
  expect((await accessTo(one)).supportKeys.map(({ id }) => id)).toEqual([key.id]);

  await api().removeSupportKey({ supportKeyId: key.id, reason: 'She has left.' });
  await api().removeSupportKey({ supportKeyId: key.id });
  await eventually(
    () => [one, two].map(keysOn),
    (seen) => expect(seen).toEqual([[], []]),
  );
  const [[added], removals] = [await rowsOf('support_key.add'), await rowsOf('support_key.remove')];
  expect(added!.after).toMatchObject({
    name: 'Eve, laptop',
    fingerprint: key.fingerprint,
    hosts: 'all',
  });
  expect(removals).toHaveLength(1);
  expect(removals[0]!.before).toMatchObject({ fingerprint: key.fingerprint });
});

test('a machine that is away, loses answers or starts anew is told until it has applied what is wanted now', async () => {
  one.goSilent();
  const [here, there] = [await addKey('on one', { hostIds: [one.id] }), await addKey('on two', { hostIds: [two.id] })];
  await eventually(overview, (seen) => {
    expect(seen).toMatchObject({ applied: 1, offered: 2 });
    expect(seen.behind).toEqual([expect.objectContaining({ hostName: 'one' })]);
  });
  expect([keysOn(one), keysOn(two)]).toEqual([[], [there.id]]);
  one.loseAnswers(2);
  one.comeBack();
  await settled(2);
  expect(keysOn(one)).toEqual([here.id]);
  await two.restart();
  const late = await fleet.addHost('late', { accounts });
  for (const { id } of [here, there]) await api().removeSupportKey({ supportKeyId: id });
  await settled(3);
  expect([one, two, late].map(keysOn)).toEqual([[], [], []]);
});

test('a key whose time is over goes by the database’s clock, and the audit knows', async () => {
  const key = await addKey('short', { expiresInMs: 3_600_000 });
  await expectEventually(() => keysOn(two), [key.id]);
  await fleet.plane.context.sql`update support_keys set expires_at = now() where id = ${key.id}`;
  await expectEventually(() => keysOn(two), []);
  await eventually(
    () => rowsOf('support_key.expire'),
    (rows) => expect(rows).toEqual([expect.objectContaining({ before: { fingerprint: key.fingerprint } })]),
  );
  expect((await api().listSupportKeys({})).supportKeys).toEqual([expect.objectContaining({ expired: true })]);
});

test('a person gets onto a machine once they are on its list and SSH is on for them, which it is not by default', async () => {
  const { other } = fleet.plane;
  await allow(one, other);
  expect((await other.clients.machineAccess.getTesterSsh({})).tester).toMatchObject({ enabled: false, publicKey: '' });
  const publicKey = newPublicKey();
  await api().setTesterSsh({ userId: other.id, enabled: true, publicKey });
  await eventually(
    () => [one, two].map(keysOn),
    (seen) => expect(seen).toEqual([[other.id], []]),
  );
  await eventually(
    async () => (await other.clients.machineAccess.getTesterSsh({})).tester!,
    (tester) => {
      expect(tester).toMatchObject({ enabled: true, publicKey, problem: '', version: 1n });
      expect(tester.machines).toEqual([
        expect.objectContaining({
          hostName: 'one',
          accounts: ['tester'],
          installed: true,
          state: HostAccessState.APPLIED,
        }),
      ]);
    },
  );
  expect((await accessTo(one)).people).toEqual([
    expect.objectContaining({ name: 'Grace', ssh: true, installed: true }),
  ]);

  // The key stays for the next time.
  await api().setTesterSsh({ userId: other.id, enabled: false, version: 1n });
  await expectEventually(() => keysOn(one), []);
  await api().setTesterSsh({ userId: other.id, enabled: true, version: 2n });
  await expectEventually(() => keysOn(one), [other.id]);
  const changes = await rowsOf('tester_ssh.set');
  expect(changes.map(({ before, after }) => [before?.['enabled'], after?.['enabled']])).toEqual([
    [false, true],
    [true, false],
    [false, true],
  ]);
});

test('who may not sign in any more, or was taken from the list, is on no machine', async () => {
  const kim = await fleet.plane.makeUser('Kim');
  await api().setTesterSsh({ userId: kim.id, enabled: true, publicKey: newPublicKey() });
  await allow(two, kim);
  await expectEventually(() => keysOn(two), [kim.id]);
  await fleet.plane.admin.clients.users.setUserActive({ userId: kim.id, active: false });
  await expectEventually(() => keysOn(two), []);
  await fleet.plane.admin.clients.users.setUserActive({ userId: kim.id, active: true });
  await expectEventually(() => keysOn(two), [kim.id]);
  await allow(two);
  await expectEventually(() => keysOn(two), []);
  const [last] = await rowsOf('host_access.set');
  expect(last).toMatchObject({ before: { people: [kim.id] }, after: { people: [] } });
});

test('others see nothing but what is their own', async () => {
  const { other, admin } = fleet.plane;
  const theirs = other.clients.machineAccess;
  expect(await codeOf(theirs.getMachineAccess({}))).toBe(Code.PermissionDenied);
  expect(await codeOf(theirs.getTesterSsh({ userId: admin.id }))).toBe(Code.PermissionDenied);
  expect(await codeOf(theirs.setTesterSsh({ userId: other.id, enabled: true, publicKey: newPublicKey() }))).toBe(
    Code.PermissionDenied,
  );
  expect(await codeOf(theirs.addSupportKey({ name: 'x', publicKey: newPublicKey() }))).toBe(Code.PermissionDenied);
});

test('what is wrong is refused by name, and changes nothing', async () => {
  const publicKey = newPublicKey();
  const { other } = fleet.plane;
  const fieldOf = async (call: Promise<unknown>) => (await failureOf(call)).findDetails(ErrorInfoSchema)[0]?.field;
  expect(await fieldOf(api().addSupportKey({ name: 'x', publicKey: `no-pty ${publicKey}` }))).toBe('public_key');
  expect(await fieldOf(api().addSupportKey({ name: 'x', publicKey: `${publicKey}\n${publicKey}` }))).toBe('public_key');
  const past = timestampFromMs(Date.now() - 1000);
  expect(await fieldOf(api().addSupportKey({ name: 'x', publicKey, expiresAt: past }))).toBe('expires_at');
  expect(await fieldOf(api().addSupportKey({ name: 'x', publicKey, hostIds: ['host0000000000000000'] }))).toBe(
    'host_ids',
  );
  const twice = { name: 'x', publicKey, requestId: 'once' };
  const [first, second] = [await api().addSupportKey(twice), await api().addSupportKey(twice)];
  expect(second.supportKey?.id).toBe(first.supportKey?.id);
  expect(await codeOf(api().addSupportKey({ name: 'y', publicKey }))).toBe(Code.AlreadyExists);

  const kay = await fleet.plane.makeUser('Kay');
  const { version } = (await api().getTesterSsh({ userId: other.id })).tester!;
  expect(await fieldOf(api().setTesterSsh({ userId: kay.id, enabled: true }))).toBe('public_key');
  const taken = (await api().getTesterSsh({ userId: other.id })).tester!.publicKey;
  expect(await codeOf(api().setTesterSsh({ userId: kay.id, enabled: true, publicKey: taken }))).toBe(
    Code.AlreadyExists,
  );
  const toggles = [true, false].map((enabled) => api().setTesterSsh({ userId: other.id, enabled, version }));
  expect((await Promise.all(toggles.map(codeOf))).filter((code) => code === Code.Aborted)).toHaveLength(1);

  const { version: listed } = await accessTo(two);
  expect(
    await fieldOf(api().setHostAccess({ hostId: two.id, userIds: ['user0000000000000000'], version: listed })),
  ).toBe('user_ids');
  expect(await codeOf(api().setHostAccess({ hostId: two.id, version: listed + 1n }))).toBe(Code.Aborted);
});

test('that an agent undid somebody’s change is in the audit once, and a machine that cannot do it says why', async () => {
  const repairedAt = timestampFromMs(Date.now());
  one.access.accounts = [{ ...accounts[0]!, repairedAt }, accounts[1]!];
  two.access.accounts = [accounts[0]!, { ...accounts[1]!, problem: 'A link is in the way.' }];
  await eventually(overview, ({ behind }) =>
    expect(behind).toEqual([
      expect.objectContaining({
        hostName: 'two',
        state: HostAccessState.FAILED,
        problem: 'tester: A link is in the way.',
      }),
    ]),
  );
  await one.restart();
  await eventually(
    () => rowsOf('host_access.repair'),
    (rows) => expect(rows.map(({ target }) => target?.id)).toEqual([one.id]),
  );
  expect((await accessTo(one)).accounts[0]?.repairedAt).toEqual(repairedAt);
  one.access.accounts = two.access.accounts = accounts;
  await settled(3);
});

test('a machine that knows more than an older database is told nothing until a new life of the database begins', async () => {
  const { sql } = fleet.plane.context;
  const before = keysOn(one);
  await sql`select setval('machine_access_revisions', 1)`;
  await sql`update host_access set revision = revision - 100 where host_id = ${one.id}`;
  await eventually(overview, ({ behind }) =>
    expect(behind.map(({ problem }) => problem)).toEqual([expect.stringContaining('drift')]),
  );
  await sql`update support_keys set removed_at = now()`;
  await sql`update host_access set digest = 'x' where host_id = ${one.id}`;
  // Of all machines something else is wanted now, under numbers from before.
  await eventually(
    () => sql<{ latest: number }[]>`select max(revision)::int as latest from host_access`,
    ([row]) => expect(row?.latest).toBeLessThan(10),
  );
  expect(keysOn(one)).toEqual(before);
  await sql`update database_life set generation = 'another life'`;
  await settled(3);
  expect(keysOn(one)).not.toEqual(before);
});

test('the stream tells of changes as they come', async () => {
  const stop = new AbortController();
  const seen: number[] = [];
  const watching = (async () => {
    for await (const { event } of api().watchMachineAccess({}, { signal: stop.signal }))
      if (event.case === 'access') seen.push(event.value.applied);
  })().catch(() => undefined);
  const first = await eventually(
    () => seen.length,
    (count) => expect(count).toBeGreaterThan(0),
  );
  await addKey('watched');
  await eventually(
    () => seen.slice(first),
    (later) => expect(later.at(-1)).toBe(3),
  );
  stop.abort();
  await watching;
});
