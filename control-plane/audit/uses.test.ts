import { Code } from '@connectrpc/connect';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { FleetExportFormat } from '#proto/muster/v1/fleet_pb.js';
import { methods, sensitivityOf, type Caller } from '../access/index.ts';
import { startSimulatedFleet, type SimulatedFleet } from '../hosts/testing/simulated-fleet.ts';
import { codeOf, eventually } from '../testing/index.ts';
import { openUseLog } from './uses.ts';

let fleet: SimulatedFleet;
beforeAll(async () => {
  fleet = await startSimulatedFleet(1);
});
afterAll(() => fleet?.stop());

interface Row {
  readonly action: string;
  readonly teamId: string | null;
  readonly after: unknown;
}
const rowsAbout = (target: string | null, actor: string) => fleet.plane.services.pool<Row[]>`
  select action, team_id as "teamId", after from audit_events left join audit_contents on event_id = id
  where target is not distinct from ${target} and actor = ${actor} order by id`;

test('whatever reads or runs something in a sandbox, or carries much out, has its row', () => {
  const isSensitive = /^(file\.read|sandbox\.(run|logs|endpoint)|user\.search|\w+\.export)$/;
  const without = methods.flatMap(([{ method }, actions]) =>
    Object.entries(actions).flatMap(([name, action]) =>
      isSensitive.test(action) && !sensitivityOf(method[name]!) ? [name] : [],
    ),
  );
  // It only says what the address would be.
  expect(without).toEqual(['getEndpoint']);
});

test('a sensitive read has its row, of the team that it is about, before anything is answered', async () => {
  const { admin, other, services } = fleet.plane;
  const { sandbox } = await other.clients.sandboxes.createSandbox({});
  const sandboxId = sandbox!.id;
  await other.clients.sandboxes.destroySandbox({ sandboxId });
  await eventually(
    () => codeOf(other.clients.sandboxes.getLogs({ sandboxId })),
    (code) => expect(code).toBeUndefined(),
  );
  const about = await rowsAbout(sandboxId, `user:${other.id}`);
  expect(about).toContainEqual({ action: 'sandbox.logs', teamId: other.teamId, after: null });

  await other.clients.users.searchUsers({ teamId: other.teamId, emailPrefix: 'ada' });
  const searches = { action: 'user.search', teamId: other.teamId, after: null };
  expect(await rowsAbout(other.teamId, `user:${other.id}`)).toContainEqual(searches);

  const exported = admin.clients.fleet.exportFleet({ format: FleetExportFormat.CSV });
  await exported[Symbol.asyncIterator]().next();
  const ofAll = async () => (await rowsAbout(null, `user:${admin.id}`)).map(({ action }) => action);
  expect(await ofAll()).toEqual(['fleet.export']);

  await services.pool`alter table audit_events add constraint full_disk check (action <> 'user.list') not valid`;
  expect(await codeOf(admin.clients.users.listUsers({})), 'no row, no answer').toBe(Code.Internal);
  await services.pool`alter table audit_events drop constraint full_disk`;
  expect(await codeOf(admin.clients.users.listUsers({}))).toBeUndefined();
  expect(await ofAll()).toEqual(['fleet.export', 'user.list']);
});

test('who may not leaves no row of having done it, and who looks at what is not sensitive leaves none at all', async () => {
  const { other, admin } = fleet.plane;
  const { sandbox } = await other.clients.sandboxes.createSandbox({});
  expect(await codeOf(admin.clients.sandboxes.getLogs({ sandboxId: sandbox!.id }))).toBe(Code.PermissionDenied);
  await admin.clients.sandboxes.getSandbox({ sandboxId: sandbox!.id });
  const pool = fleet.plane.services.pool;
  const rows =
    await pool`select action, outcome from audit_events where target = ${sandbox!.id} and actor = ${`user:${admin.id}`}`;
  expect(rows).toEqual([{ action: 'sandbox.logs', outcome: 'denied' }]);
});

test('commands are one row a minute and sandbox with their number, and none holds what was run', async () => {
  const { other } = fleet.plane;
  const { sandbox } = await other.clients.sandboxes.createSandbox({});
  const sandboxId = sandbox!.id;
  for (let time = 0; time < 5; time += 1) {
    for await (const _ of other.clients.processes.run({ sandboxId, argv: ['true', 'hush-hush'] })) void _;
  }
  const rows = (await rowsAbout(sandboxId, `user:${other.id}`)).filter(({ action }) => action.startsWith('process.'));
  expect(rows).toEqual([{ action: 'process.run', teamId: other.teamId, after: null }]);
});

test('without its row nothing is run, started, typed or signalled: the host is not asked', async () => {
  const { other, services } = fleet.plane;
  const { pool } = services;
  const { processes, sandboxes } = other.clients;
  const { sandbox } = await sandboxes.createSandbox({});
  const there = { sandboxId: sandbox!.id, processId: 'proc0123456789ab' };
  const uses = {
    run: async () => {
      for await (const _ of processes.run({ ...there, argv: ['true'] })) void _;
    },
    start: () => processes.startProcess({ ...there, argv: ['true'] }),
    input: () => processes.sendInput({ ...there, data: Buffer.from('x') }),
    'the end of input': () => processes.closeInput(there),
    'another size': () => processes.resizeTerminal({ ...there, terminal: { cols: 80, rows: 24 } }),
    'a signal': () => processes.sendSignal({ ...there, signal: 'SIGTERM' }),
  };
  const codes = async () => {
    const ended: [string, Code | undefined][] = [];
    for (const [what, use] of Object.entries(uses)) ended.push([what, await codeOf(use())]);
    return Object.fromEntries(ended);
  };
  const all = (code: Code) => Object.fromEntries(Object.keys(uses).map((what) => [what, code]));
  await pool`alter table audit_events add constraint full_disk check (action not like 'process.%') not valid`;
  expect(await codes()).toEqual(all(Code.Internal));
  await pool`alter table audit_events drop constraint full_disk`;
  // What a simulated host says to all but commands.
  expect(await codes()).toEqual({ ...all(Code.FailedPrecondition), run: undefined });
});

const as = (userId: string, address = '192.0.2.1') => {
  const caller: Caller = {
    kind: 'session',
    actor: `user:${userId}`,
    credentialId: `session of ${userId}`,
    userId,
    name: userId,
    email: userId,
    platformAdmin: false,
    memberships: [],
    activeTeamId: undefined,
  };
  return { caller, origin: { requestId: '', address, userAgent: '', loopback: false } };
};

test('many uses within a minute are two rows; what was used is named, and nobody’s uses are somebody else’s', async () => {
  const { services } = fleet.plane;
  let time = 0;
  const uses = openUseLog({ ...services, clock: { now: () => time } });
  const read = (by: ReturnType<typeof as>, at: string) =>
    uses.note(by, { action: 'file.read', target: 'sbxshared', details: { at } });
  await Promise.all([read(as('eve'), '/etc/passwd'), read(as('eve'), '/root/a'), read(as('mallory'), '/root/b')]);
  for (let file = 0; file < 30; file += 1) expect(read(as('eve'), `/data/${file}`), 'costs nothing').toBeUndefined();
  await read(as('eve', '192.0.2.2'), '/elsewhere');
  const byEve = async () => (await rowsAbout('sbxshared', 'user:eve')).map(({ after }) => after);
  expect(await byEve()).toEqual([{ at: '/etc/passwd' }, { at: '/elsewhere' }]);
  expect(await rowsAbout('sbxshared', 'user:mallory')).toHaveLength(1);
  await uses.loop.run(fleet.plane.context);
  expect(await byEve(), 'the minute is not over').toHaveLength(2);
  time += 60_000;
  await read(as('eve'), '/later');
  await uses.loop.run(fleet.plane.context);
  const rest = { furtherTimes: 31, at: ['/root/a', ...Array.from({ length: 19 }, (_, file) => `/data/${file}`), '…'] };
  expect(await byEve()).toEqual([{ at: '/etc/passwd' }, { at: '/elsewhere' }, { at: '/later' }, rest]);
  void read(as('eve'), '/last');
  await uses.close();
  expect(await byEve(), 'nor is anything lost where the replica stops').toHaveLength(5);
});

test('who tries again and again what they may not, or thing after thing, leaves so many rows and no more, on each replica', async () => {
  const { services } = fleet.plane;
  let time = 0;
  const clock = { now: () => time };
  const [uses, elsewhere] = [openUseLog({ ...services, clock }), openUseLog({ ...services, clock })];
  const tries = (target: string, log = uses) =>
    log.note(as('trudy'), { action: 'sandbox.read', target, teamId: null, denied: 'No.' });
  const rows = () => services.pool<{ outcome: string; reason: string; teamId: string | null; after: object | null }[]>`
    select target, outcome, reason, team_id as "teamId", after from audit_events left join audit_contents on event_id = id
    where actor = 'user:trudy' order by id`;
  const first = { target: 'sbx1', outcome: 'denied', reason: 'No.', teamId: null, after: null };
  await Promise.all([tries('sbx1'), tries('sbx1'), tries('sbx1', elsewhere)]);
  expect(await rows()).toEqual([first, first]);
  expect(tries('sbx1'), 'costs nothing').toBeUndefined();
  time += 60_000;
  await uses.loop.run(fleet.plane.context);
  await elsewhere.close();
  expect((await rows()).slice(2)).toEqual([{ ...first, after: { furtherTimes: 2 } }]);

  const before = (await rows()).length;
  for (let thing = 1; thing <= 300; thing += 1) await tries(`sbx${thing}`);
  await uses.close();
  const flood = (await rows()).slice(before);
  expect(flood.slice(0, 100)).toEqual(
    Array.from({ length: 100 }, (_, index) => ({ ...first, target: `sbx${index + 1}` })),
  );
  const together = { ...first, target: null };
  const told = Array.from({ length: 20 }, (_, index) => `sbx${index + 102}`);
  expect(flood.slice(100), 'nor is one attempt lost').toEqual([
    { ...together, after: { target: 'sbx101' } },
    { ...together, after: { furtherTimes: 199, target: [...told, '…'] } },
  ]);
});
