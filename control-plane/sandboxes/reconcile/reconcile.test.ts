import { Code } from '@connectrpc/connect';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ExpiryAction, ObservedState, WantedState } from '#proto/muster/v1/sandbox_pb.js';
import { startSimulatedFleet, type SimulatedFleet } from '../../hosts/testing/simulated-fleet.ts';
import { newId } from '../../database/index.ts';
import { eventually, expectEventually } from '../../testing/index.ts';
import { findKnownOn } from './store.ts';

let fleet: SimulatedFleet;
beforeEach(async () => void (fleet = await startSimulatedFleet(1)));
afterEach(() => fleet?.stop());

const sandboxes = () => fleet.plane.admin.clients.sandboxes;
const create = async () => (await sandboxes().createSandbox({})).sandbox!;
const read = async (sandboxId: string) => (await sandboxes().getSandbox({ sandboxId })).sandbox!;
const stateOf = async (sandboxId: string) => ObservedState[(await read(sandboxId)).observed];
const host = (number = 0) => fleet.hosts[number]!;
const onHost = (number = 0) =>
  host(number).sandboxes.map(({ sandboxId, state }) => ({ sandboxId, state: ObservedState[state] }));

test('a sandbox that its host has lost is failed, with the evidence', async () => {
  const { id } = await create();
  host().forgetSandbox(id);
  await expectEventually(() => stateOf(id), 'FAILED');
  expect((await read(id)).reason).toBe('Its host does not have it any more.');
});

test('a sandbox that failed on its host is recorded, and cleared away there', async () => {
  const { id } = await create();
  host().failSandbox(id);
  await expectEventually(() => stateOf(id), 'FAILED');
  await expectEventually(() => onHost(), []);
  expect((await fleet.read(host())).usage?.sandboxes).toBe(0);
});

test('what the database says is over is destroyed where it still runs', async () => {
  const { id } = await create();
  await fleet.plane.context.sql`update sandboxes set observed = 'destroyed', wanted = 'destroyed' where id = ${id}`;
  host().dropConnection();
  await expectEventually(() => onHost(), []);
});

test('a sandbox that the database does not know is frozen and shown, not stopped', async () => {
  const unknown = newId('sbx');
  host().addUnknownSandbox(unknown);
  await expectEventually(() => onHost(), [{ sandboxId: unknown, state: 'PAUSED' }]);
  const list = () => fleet.plane.admin.clients.hosts.listUnknownSandboxes({ hostId: host().id });
  await eventually(list, ({ sandboxes: shown }) =>
    expect(shown).toMatchObject([{ sandboxId: unknown, hostId: host().id }]),
  );
  await eventually(
    () => fleet.read(host()),
    ({ lastReconcile }) => expect(lastReconcile).toBe('Compared 0 sandboxes: 1 unknown and frozen.'),
  );
  await expect(fleet.plane.other.clients.hosts.listUnknownSandboxes({})).rejects.toMatchObject({
    code: Code.PermissionDenied,
  });

  host().forgetSandbox(unknown);
  await eventually(list, ({ sandboxes: shown }) => expect(shown).toEqual([]));
});

test('what connects while its host is quarantined may be a copy: that something has ended there is not believed until it is unlocked', async () => {
  const [lost, stopped, paused] = [await create(), await create(), await create()].map(({ id }) => id);
  await fleet.plane.context
    .sql`update hosts set quarantined_at = now(), quarantine_reason = 'a copy was found' where id = ${host().id}`;
  // A copy of the disk on another machine: what runs on the original stands still there, or never was.
  host().forgetSandbox(lost!);
  host().pauseSandbox(paused!);
  host().stopSandbox(stopped!);
  await host().restart();
  await eventually(
    () => fleet.read(host()),
    ({ lastReconcile }) => expect(lastReconcile).toContain('held back: this host is quarantined'),
  );
  await expectEventually(() => stateOf(paused!), 'PAUSED');
  expect(await Promise.all([stateOf(lost!), stateOf(stopped!)])).toEqual(['RUNNING', 'RUNNING']);

  await fleet.plane.admin.clients.hosts.unlockHost({ hostId: host().id, reason: 'there was no copy' });
  await expectEventually(() => stateOf(lost!), 'FAILED');
  await eventually(
    () => Promise.resolve(onHost()),
    (there) => expect(there.map(({ state }) => state)).toEqual(['RUNNING', 'RUNNING']),
  );
});

test('a machine that was set back to an older disk is believed, once a copy of it would have been found', async () => {
  const { id } = await create();
  for (let round = 0; round < 3; round += 1) {
    await sandboxes().pauseSandbox({ sandboxId: id });
    await sandboxes().resumeSandbox({ sandboxId: id });
  }
  host().setBack(id);
  await host().restart();
  await eventually(
    () => fleet.read(host()),
    ({ lastReconcile }) =>
      expect(lastReconcile).toContain('held back: this host goes on from an older copy of its disk'),
  );
  expect(await stateOf(id)).toBe('RUNNING');
  const { sql } = fleet.plane.context;
  await sql`update host_connections set connected_at = now() - interval '3 minutes' where host_id = ${host().id}`;
  await sql`update hosts set last_reconciled_at = null where id = ${host().id}`;
  // There it is stopped, so it is started again; and what is asked of it counts again.
  await eventually(
    () => Promise.resolve(onHost()),
    (there) => expect(there).toEqual([{ sandboxId: id, state: 'RUNNING' }]),
  );
  await expectEventually(() => stateOf(id), 'RUNNING');
  expect((await sandboxes().pauseSandbox({ sandboxId: id })).sandbox?.observed).toBe(ObservedState.PAUSED);
});

test('a create whose answer was lost leaves the sandbox pending; the inventory settles it', async () => {
  host().loseAnswers();
  const failed = await sandboxes()
    .createSandbox({ requestId: 'lost' })
    .then(
      () => undefined,
      (error: unknown) => error,
    );
  expect(failed).toMatchObject({ code: Code.Unavailable });
  const again = await sandboxes().createSandbox({ requestId: 'lost' });
  expect(again.sandbox?.observed).toBe(ObservedState.RUNNING);
  expect(onHost()).toEqual([{ sandboxId: again.sandbox!.id, state: 'RUNNING' }]);
});

test('a definite failure is tried on another host, and each attempt is recorded', async () => {
  const second = await fleet.addHost('second');
  host().failCreates('no space left');
  const made = await Promise.all([create(), create(), create()]);
  expect(made.map(({ observed, hostId }) => ({ observed, hostId }))).toEqual(
    Array.from({ length: 3 }, () => ({ observed: ObservedState.RUNNING, hostId: second.id })),
  );
  const attempts = await fleet.plane.context.sql<{ outcome: string; reason: string }[]>`
    select outcome, reason from sandbox_attempts where host_id = ${host().id} and ended_at is not null
  `;
  expect(attempts.length).toBeGreaterThan(0);
  for (const attempt of attempts) expect(attempt).toEqual({ outcome: 'failed', reason: 'no space left' });
});

test('when every host fails, so has the sandbox, and it holds nothing', async () => {
  const second = await fleet.addHost('second');
  for (const one of fleet.hosts) one.failCreates('no space left');
  const { observed, reason } = await create();
  expect(observed).toBe(ObservedState.FAILED);
  expect(reason).toBe('no space left No host can take this sandbox now: 2 where it has just failed.');
  expect((await fleet.read(second)).usage?.sandboxes).toBe(0);
});

test.each([
  ['was lost long ago', { started: '1 hour', replicaId: null }],
  ['ended with its replica', { started: '20 seconds', replicaId: 'replica-that-is-gone' }],
])('an attempt whose call %s, and never reached its host, is made up for on another one', async (_how, attempt) => {
  const second = await fleet.addHost('second');
  const { context } = fleet.plane;
  const { id } = await create();
  // The host forgets it before anybody sees the row, and no reconcile that began earlier may write to it.
  const { first, other } = await context.transaction(async (sql) => {
    const [placed] = await sql<{ hostId: string }[]>`
      update sandboxes set observed = 'pending', observed_revision = observed_revision + 1, attempt_call_ended_at = null
      where id = ${id} returning host_id as "hostId"
    `;
    await sql`
      update sandbox_attempts
      set started_at = now() - ${attempt.started}::interval, replica_id = ${attempt.replicaId}, outcome = 'under_way', ended_at = null
      where sandbox_id = ${id}`;
    const there = placed?.hostId === second.id;
    (there ? second : host()).forgetSandbox(id);
    return there ? { first: second, other: host() } : { first: host(), other: second };
  });
  await expectEventually(() => stateOf(id), 'RUNNING');
  expect(await read(id)).toMatchObject({ hostId: other.id, wanted: WantedState.RUNNING });
  expect(first.sandboxes).toEqual([]);
});

test('while the replica that starts an attempt lives, absence is no evidence', async () => {
  const { id, hostId } = await create();
  const { sql } = fleet.plane.context;
  const isOver = async () => (await findKnownOn(sql, hostId)).map(({ callOver }) => callOver);
  await sql`update sandboxes set attempt_call_ended_at = null where id = ${id}`;
  await sql`update sandbox_attempts set started_at = now() - interval '20 seconds' where sandbox_id = ${id}`;
  expect(await isOver()).toEqual([false]);
  await sql`update sandbox_attempts set replica_id = 'replica-that-is-gone' where sandbox_id = ${id}`;
  expect(await isOver()).toEqual([true]);
  await sql`update sandbox_attempts set started_at = now() where sandbox_id = ${id}`;
  expect(await isOver()).toEqual([false]);
});

test('a lost answer to a pause or a destroy is made up for', async () => {
  const { id } = await create();
  host().loseAnswers();
  await expect(sandboxes().pauseSandbox({ sandboxId: id })).rejects.toMatchObject({ code: Code.Unavailable });
  await expectEventually(() => stateOf(id), 'PAUSED');
  host().loseAnswers();
  expect((await sandboxes().destroySandbox({ sandboxId: id })).sandbox?.stateLabel).toBe('Destroying');
  await expectEventually(() => stateOf(id), 'DESTROYED');
});

test('a sandbox whose time is over is destroyed', async () => {
  const { sandbox } = await sandboxes().createSandbox({ timeout: { seconds: 3600n } });
  await fleet.plane.context.sql`update sandboxes set expires_at = now() where id = ${sandbox!.id}`;
  await expectEventually(() => stateOf(sandbox!.id), 'DESTROYED');
  expect((await read(sandbox!.id)).reason).toBe('Its time was over.');
  expect(onHost()).toEqual([]);
});

test('one that was paused at its end says so, though an inventory shows it before the pause was answered', async () => {
  const { sandbox } = await sandboxes().createSandbox({ timeout: { seconds: 3600n }, onExpiry: ExpiryAction.PAUSE });
  const { id } = sandbox!;
  await sandboxes().pauseSandbox({ sandboxId: id });
  // As if its host had paused it at its end and not answered yet.
  const { sql } = fleet.plane.context;
  await sql`update sandboxes set observed = 'running', expires_at = now(), reason = '' where id = ${id}`;
  await expectEventually(() => stateOf(id), 'PAUSED');
  expect((await read(id)).reason).toBe('Its time was over.');
});

test('a host is told when a sandbox ends, and of every later end; where it cannot be told, the renewal says so', async () => {
  const { sandbox } = await sandboxes().createSandbox({ timeout: { seconds: 3600n }, onExpiry: ExpiryAction.STOP });
  const sandboxId = sandbox!.id;
  const told = () => host().expiries.get(sandboxId);
  const renewed = await sandboxes().renewSandbox({ sandboxId, timeout: { seconds: 7200n } });
  expect(renewed.notYetApplied).toBe(false);
  expect(told()).toMatchObject({ attempt: 1, onExpiry: ExpiryAction.STOP });
  expect(Number(told()?.expiresIn?.seconds)).toBeGreaterThan(7000);
  // As use renews it.
  await fleet.plane.context.sql`update sandboxes set expires_at = now() + interval '1 day' where id = ${sandboxId}`;
  await eventually(
    async () => Number(told()?.expiresIn?.seconds),
    (seconds) => expect(seconds).toBeGreaterThan(80_000),
  );
  host().loseAnswers();
  const lost = await sandboxes().renewSandbox({ sandboxId, timeout: { seconds: 10_800n } });
  expect(lost.notYetApplied).toBe(true);
});

test('an agent that starts anew keeps its sandboxes, and they stay what they were', async () => {
  const { id } = await create();
  await host().restart();
  await eventually(
    () => fleet.read(host()),
    ({ connected }) => expect(connected).toBe(true),
  );
  expect(await stateOf(id)).toBe('RUNNING');
  expect(onHost()).toEqual([{ sandboxId: id, state: 'RUNNING' }]);
});

test('a start whose end could not be written down, because the database was in trouble, is made up for at once', async () => {
  await fleet.addHost('second');
  const { sql } = fleet.plane.context;
  await sql.unsafe(`
    create function trouble() returns trigger language plpgsql as $$ begin raise 'no memory' using errcode = '53200'; end $$;
    create trigger trouble before update on sandbox_attempts for each statement execute function trouble();
  `);
  for (const one of fleet.hosts) one.failCreates('no space left');
  const create = () => sandboxes().createSandbox({ requestId: 'in trouble' });
  await expect(create()).rejects.toMatchObject({ code: Code.Unavailable });
  for (const one of fleet.hosts) one.failCreates(undefined);
  await sql`drop trigger trouble on sandbox_attempts`;
  expect((await create()).sandbox?.observed).toBe(ObservedState.RUNNING);
});
