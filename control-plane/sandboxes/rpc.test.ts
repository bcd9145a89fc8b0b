import type { MessageInitShape } from '@bufbuild/protobuf';
import { Code, ConnectError } from '@connectrpc/connect';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ErrorInfoSchema, Reason } from '#proto/muster/v1/errors_pb.js';
import {
  type CreateSandboxRequestSchema,
  ObservedState,
  type Sandbox,
  type WatchSandboxesResponse,
} from '#proto/muster/v1/sandbox_pb.js';
import { startSimulatedFleet, type SimulatedFleet } from '../hosts/testing/simulated-fleet.ts';
import { lockPlacement } from '../scheduling/index.ts';
import { eventually, expectEventually, type TestUser } from '../testing/index.ts';

let fleet: SimulatedFleet;
beforeAll(async () => void (fleet = await startSimulatedFleet(3)));
afterAll(() => fleet?.stop());

const admin = () => fleet.plane.admin;
const other = () => fleet.plane.other;
const api = (user: TestUser = other()) => user.clients.sandboxes;
type Fields = Omit<MessageInitShape<typeof CreateSandboxRequestSchema>, '$typeName' | '$unknown'>;
const create = async (user: TestUser = other(), fields: Fields = {}) =>
  (await api(user).createSandbox({ limits: { memoryMib: 64, diskMib: 64 }, ...fields })).sandbox!;

async function failure(call: Promise<unknown>) {
  const error = ConnectError.from(
    await call.then(
      () => undefined,
      (thrown: unknown) => thrown,
    ),
  );
  const [info] = error.findDetails(ErrorInfoSchema);
  return { code: error.code, reason: info?.reason, field: info?.field, message: error.rawMessage };
}

async function drain(stream: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of stream);
}

test('50 sandboxes at once: none fails, and they are spread evenly', async () => {
  const made = await Promise.all(Array.from({ length: 51 }, () => create()));
  expect(made.every(({ observed }) => observed === ObservedState.RUNNING)).toBe(true);
  expect(fleet.hosts.map(({ id }) => made.filter(({ hostId }) => hostId === id).length)).toEqual([17, 17, 17]);
  await Promise.all(made.map(({ id }) => api().destroySandbox({ sandboxId: id })));
});

test('the same request id answers the same sandbox, also when 30 calls come at once', async () => {
  const made = await Promise.all(Array.from({ length: 30 }, () => create(other(), { requestId: 'once' })));
  expect(new Set(made.map(({ id }) => id)).size).toBe(1);
  expect(made.every(({ observed }) => observed === ObservedState.RUNNING)).toBe(true);
  expect((await create(admin(), { requestId: 'once' })).id).not.toBe(made[0]!.id);
  await api().destroySandbox({ sandboxId: made[0]!.id });
  expect(await create(other(), { requestId: 'once' })).toMatchObject({
    id: made[0]!.id,
    observed: ObservedState.DESTROYED,
  });
});

test('a repeat finds its sandbox even where nothing more would fit', async () => {
  await fleet.addHost('exact', { labels: { only: 'exact' } });
  const whole = { limits: { memoryMib: 16_384 }, hostLabels: { only: 'exact' } };
  const repeated = await Promise.all(
    Array.from({ length: 5 }, () => create(other(), { ...whole, requestId: 'whole' })),
  );
  expect(new Set(repeated.map(({ id }) => id)).size).toBe(1);
  expect(await failure(create(other(), whole))).toMatchObject({
    code: Code.ResourceExhausted,
    reason: Reason.NO_HOST_FITS,
  });
});

test("another team's sandbox does not exist; a platform admin sees and ends it, but runs nothing in it", async () => {
  const theirs = await create(admin());
  const sandboxId = theirs.id;
  const missing = { code: Code.NotFound, reason: Reason.NOT_FOUND };
  expect(await failure(api().getSandbox({ sandboxId }))).toMatchObject(missing);
  expect(await failure(api().pauseSandbox({ sandboxId }))).toMatchObject(missing);
  expect(await failure(api().resumeSandbox({ sandboxId }))).toMatchObject(missing);
  expect(await failure(api().renewSandbox({ sandboxId, timeout: { seconds: 60n } }))).toMatchObject(missing);
  expect(await failure(api().destroySandbox({ sandboxId }))).toMatchObject(missing);
  expect(await failure(api().listSandboxEvents({ sandboxId }))).toMatchObject(missing);
  expect(await failure(drain(api().watchSandboxes({ sandboxId })))).toMatchObject(missing);
  expect(await failure(drain(other().clients.processes.run({ sandboxId, argv: ['true'] })))).toMatchObject(missing);
  expect(await failure(api().listSandboxes({ teamId: admin().teamId }))).toMatchObject(missing);
  expect(await failure(create(other(), { teamId: admin().teamId }))).toMatchObject(missing);
  expect(await failure(api().getSandbox({ sandboxId: 'sbx0000000000000000' }))).toMatchObject(missing);

  const ours = await create();
  expect((await api(admin()).getSandbox({ sandboxId: ours.id })).sandbox?.id).toBe(ours.id);
  expect(await failure(drain(admin().clients.processes.run({ sandboxId: ours.id, argv: ['true'] })))).toMatchObject({
    code: Code.PermissionDenied,
  });
  expect((await api(admin()).destroySandbox({ sandboxId: ours.id })).sandbox?.observed).toBe(ObservedState.DESTROYED);
});

test('without a team nothing is created, and a deleted team has nothing any more', async () => {
  const loner = await fleet.plane.makeUser('Loner');
  const made = await create(loner);
  await fleet.plane.context.sql`update teams set deleted_at = now() where id = ${loner.teamId}`;
  expect(await failure(create(loner))).toMatchObject({ code: Code.FailedPrecondition, reason: Reason.NO_TEAM });
  expect(await failure(api(loner).getSandbox({ sandboxId: made.id }))).toMatchObject({ code: Code.NotFound });
  expect(await failure(api(admin()).getSandbox({ sandboxId: made.id }))).toMatchObject({ code: Code.NotFound });
  expect(await failure(drain(loner.clients.processes.run({ sandboxId: made.id, argv: ['true'] })))).toMatchObject({
    code: Code.NotFound,
  });
});

test('limits out of range and reserved metadata are refused with the field', async () => {
  const invalid = { code: Code.InvalidArgument, reason: Reason.INVALID_FIELD };
  expect(await failure(create(other(), { limits: { memoryMib: 5 } }))).toMatchObject({
    ...invalid,
    field: 'limits.memory_mib',
  });
  expect(await failure(create(other(), { limits: { cpu: 1000 } }))).toMatchObject({ ...invalid, field: 'limits.cpu' });
  expect(await failure(create(other(), { metadata: { 'access.owner': 'me' } }))).toMatchObject({
    ...invalid,
    field: 'metadata',
  });
  expect(await failure(create(other(), { env: { A: 'x\0y' } }))).toMatchObject(invalid);
  expect(await failure(create(other(), { template: 'nobody-has-it' }))).toMatchObject({
    code: Code.ResourceExhausted,
    reason: Reason.NO_HOST_FITS,
  });
});

test('lists come newest first, page by page, and filter by state, host and metadata', async () => {
  const user = await fleet.plane.makeUser('Lister');
  const made: Sandbox[] = [];
  for (const [number, color] of ['red', 'blue', 'red'].entries())
    made.push(await create(user, { metadata: { color, number: `${number}` } }));
  const ids = async (request: Parameters<ReturnType<typeof api>['listSandboxes']>[0]) =>
    (await api(user).listSandboxes(request)).sandboxes.map(({ id }) => id);
  const [oldest, middle, newest] = made.map(({ id }) => id);
  expect(await ids({})).toEqual([newest, middle, oldest]);
  const first = await api(user).listSandboxes({ pageSize: 2 });
  expect(first.sandboxes.map(({ id }) => id)).toEqual([newest, middle]);
  expect(await ids({ pageSize: 2, pageToken: first.nextPageToken })).toEqual([oldest]);
  expect(await ids({ metadata: { color: 'red' } })).toEqual([newest, oldest]);
  const onSameHost = made.filter(({ hostId }) => hostId === made[1]!.hostId).map(({ id }) => id);
  expect(await ids({ hostId: made[1]!.hostId })).toEqual(onSameHost.toReversed());
  await api(user).destroySandbox({ sandboxId: middle! });
  expect(await ids({})).toEqual([newest, oldest]);
  expect(await ids({ includeEnded: true })).toEqual([newest, middle, oldest]);
  expect(await ids({ observed: [ObservedState.DESTROYED] })).toEqual([middle]);
  expect(await failure(api(user).listSandboxes({ pageToken: 'bm9uc2Vuc2U' }))).toMatchObject({
    code: Code.InvalidArgument,
    field: 'page_token',
  });
});

test('what is not possible in a state is refused with a sentence, and the buttons say the same', async () => {
  const { id: sandboxId } = await create();
  const reasonFor = (sandbox: Sandbox, action: string) => sandbox.actions.find((one) => one.action === action)?.reason;
  expect((await api().resumeSandbox({ sandboxId })).sandbox?.observed).toBe(ObservedState.RUNNING);
  const { sandbox: ended } = await api().destroySandbox({ sandboxId });
  expect(ended?.actions.every(({ allowed }) => !allowed)).toBe(true);
  expect(await failure(api().pauseSandbox({ sandboxId }))).toMatchObject({
    code: Code.FailedPrecondition,
    reason: Reason.WRONG_STATE,
    message: reasonFor(ended!, 'sandbox.pause'),
  });
  expect(await failure(api().renewSandbox({ sandboxId, timeout: { seconds: 60n } }))).toMatchObject({
    message: reasonFor(ended!, 'sandbox.renew'),
  });
  expect(await failure(drain(other().clients.processes.run({ sandboxId, argv: ['true'] })))).toMatchObject({
    message: reasonFor(ended!, 'sandbox.run'),
  });
  expect((await api().destroySandbox({ sandboxId })).sandbox).toMatchObject({
    observed: ObservedState.DESTROYED,
    revision: ended?.revision,
  });
});

test('renewing sets a later end', async () => {
  const { id: sandboxId, expiresAt } = await create(other(), { timeout: { seconds: 60n } });
  const { sandbox } = await api().renewSandbox({ sandboxId, timeout: { seconds: 7200n } });
  expect(Number(sandbox!.expiresAt!.seconds - expiresAt!.seconds)).toBeCloseTo(7140, -1);
});

test('a watch begins with a snapshot of the team, then tells its changes and nobody else’s', async () => {
  const user = await fleet.plane.makeUser('Watcher');
  const before = await create(user);
  const ending = new AbortController();
  const seen: WatchSandboxesResponse['event'][] = [];
  const watching = (async () => {
    for await (const { event } of api(user).watchSandboxes({}, { signal: ending.signal })) seen.push(event);
  })().catch(() => undefined);
  await expectEventually(() => seen.length, 1);
  expect(seen[0]).toMatchObject({ case: 'snapshot', value: { sandboxes: [{ id: before.id }] } });
  await create(other());
  await api(user).destroySandbox({ sandboxId: before.id });
  await expectEventually(
    () => seen.flatMap((event) => (event.case === 'changed' ? [event.value.observed] : [])).at(-1),
    ObservedState.DESTROYED,
  );
  expect(
    seen.flatMap(({ case: kind, value }) => (kind === 'changed' ? [value.id] : [])).every((id) => id === before.id),
  ).toBe(true);
  ending.abort();
  await watching;
});

test('what was asked for goes on when its caller goes away', async () => {
  const { context } = fleet.plane;
  const leaving = new AbortController();
  const call = await context.transaction(async (sql) => {
    await lockPlacement(sql);
    const asked = failure(api().createSandbox({ metadata: { left: 'alone' } }, { signal: leaving.signal }));
    const waiting = () => context.sql`select from pg_locks where locktype = 'advisory' and not granted`;
    await eventually(waiting, (rows) => expect(rows.length).toBeGreaterThan(0));
    leaving.abort();
    return { asked: await asked };
  });
  expect(call.asked).toMatchObject({ code: Code.Canceled });
  await eventually(
    () => api().listSandboxes({ metadata: { left: 'alone' } }),
    ({ sandboxes }) => expect(sandboxes).toMatchObject([{ observed: ObservedState.RUNNING }]),
  );
});

test('metadata is changed pair by pair, found by, watched and bounded', async () => {
  const { id: sandboxId, revision } = await create(other(), { metadata: { color: 'red', zone: 'a' } });
  const change = (fields: { set?: Record<string, string>; remove?: string[]; expectedRevision?: bigint }) =>
    api().updateSandboxMetadata({ sandboxId, ...fields });
  const refused = { code: Code.InvalidArgument, reason: Reason.INVALID_FIELD };

  const ending = new AbortController();
  const seen: (string | undefined)[] = [];
  const watching = drain(
    (async function* () {
      for await (const { event } of api().watchSandboxes({ sandboxId }, { signal: ending.signal }))
        yield seen.push(event.case === 'changed' ? event.value.metadata['color'] : event.case);
    })(),
  ).catch(() => {});
  await eventually(
    () => seen,
    () => expect(seen).toContain('snapshot'),
  );

  const { sandbox } = await change({
    set: { color: 'blue', more: '1' },
    remove: ['zone', 'none'],
    expectedRevision: revision,
  });
  expect(sandbox!.metadata).toEqual({ color: 'blue', more: '1' });
  expect(sandbox!.revision).toBeGreaterThan(revision);
  await eventually(
    () => seen,
    () => expect(seen).toContain('blue'),
  );
  ending.abort();
  await watching;
  expect((await api().listSandboxes({ metadata: { color: 'blue' } })).sandboxes.map(({ id }) => id)).toEqual([
    sandboxId,
  ]);

  // Repeated, nothing changes; of what was read before, nothing is overwritten.
  expect((await change({ set: { color: 'blue' }, remove: ['zone'] })).sandbox!.revision).toBe(sandbox!.revision);
  expect(await failure(change({ set: { color: 'green' }, expectedRevision: revision }))).toMatchObject({
    code: Code.Aborted,
    reason: Reason.CONFLICT,
  });

  expect(await failure(change({}))).toMatchObject({ ...refused, field: 'set' });
  expect(await failure(change({ set: { 'access.owner': 'me' } }))).toMatchObject({ ...refused, field: 'set' });
  expect(await failure(change({ remove: ['access.owner'] }))).toMatchObject({ ...refused, field: 'remove' });
  expect(await failure(change({ set: { a: '1' }, remove: ['a'] }))).toMatchObject({ ...refused, field: 'remove' });
  const many = Object.fromEntries(Array.from({ length: 31 }, (_, at) => [`key${at}`, '']));
  expect(await failure(change({ set: many }))).toMatchObject({ ...refused, field: 'set' });
  expect(Object.keys((await change({ set: many, remove: ['more'] })).sandbox!.metadata)).toHaveLength(32);

  // Twenty at once: each has its say, and none takes another's away.
  await change({ remove: Object.keys(many) });
  await Promise.all(Array.from({ length: 20 }, (_, at) => change({ set: { [`raced${at}`]: String(at) } })));
  const raced = (await api().getSandbox({ sandboxId })).sandbox!.metadata;
  expect(Object.keys(raced).filter((key) => key.startsWith('raced'))).toHaveLength(20);

  const foreign = admin().clients.sandboxes;
  const made = await create(admin());
  expect(await failure(api().updateSandboxMetadata({ sandboxId: made.id, set: { a: '1' } }))).toMatchObject({
    code: Code.NotFound,
  });
  await foreign.destroySandbox({ sandboxId: made.id });
  await api().destroySandbox({ sandboxId });
  expect(await failure(change({ set: { color: 'green' } }))).toMatchObject({
    code: Code.FailedPrecondition,
    reason: Reason.WRONG_STATE,
  });
  const rows = await fleet.plane.context.sql<{ before: unknown; after: unknown }[]>`
    select before, after from audit_events join audit_contents on event_id = id
    where target = ${sandboxId} and action = 'sandbox.set_metadata' order by id
  `;
  expect(rows[0]).toEqual({
    before: { metadata: { color: 'red', zone: 'a' } },
    after: { metadata: { color: 'blue', more: '1' } },
  });
  expect(rows).toHaveLength(23);
});

test('every change of a sandbox is in the audit log, with who did it', async () => {
  const { id: sandboxId } = await create();
  await api().pauseSandbox({ sandboxId });
  await api().resumeSandbox({ sandboxId });
  await api().renewSandbox({ sandboxId, timeout: { seconds: 60n } });
  await api().destroySandbox({ sandboxId });
  const rows = await fleet.plane.context.sql<
    { actor: string; action: string }[]
  >`select actor, action from audit_events where target = ${sandboxId} order by id`;
  expect(rows.map(({ action }) => action)).toEqual([
    'sandbox.create',
    'sandbox.pause',
    'sandbox.resume',
    'sandbox.renew',
    'sandbox.destroy',
  ]);
  expect(new Set(rows.map(({ actor }) => actor))).toEqual(new Set([`user:${other().id}`]));
});
