import type { MessageInitShape } from '@bufbuild/protobuf';
import { Code } from '@connectrpc/connect';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { BuildSource, ComponentState } from '#proto/muster/v1/fleet_pb.js';
import {
  OfflinePolicy,
  RolloutState,
  UpdateState,
  type CreateRolloutRequestSchema,
} from '#proto/muster/v1/rollout_pb.js';
import type { SimulatedHost } from '../../simulator/index.ts';
import { eventually, failureOf } from '../testing/index.ts';
import { before, lanes, startRolloutBench, target, type RolloutBench } from './testing/rollouts.ts';

let bench: RolloutBench;
beforeEach(async () => void (bench = await startRolloutBench()));
afterEach(() => bench.stop());

const rollouts = () => bench.fleet.plane.admin.clients.rollouts;
type Request = Omit<Extract<MessageInitShape<typeof CreateRolloutRequestSchema>, { $typeName?: never }>, '$typeName'>;
const create = async (request: Request = {}) =>
  (await rollouts().createRollout({ repository: 'web', components: ['web'], selection: { all: true }, ...request }))
    .rollout!;
const until = (id: string, expected: Record<string, unknown>) =>
  eventually(
    () => bench.read(id),
    (rollout) => expect({ ...rollout, lanes: lanes(rollout) }).toMatchObject(expected),
  );

test('canaries go first, then batches, and each host is done when it reports the target', async () => {
  for (const name of ['a', 'b', 'c', 'd']) await bench.addHost(name);
  const order: string[] = [];
  for (const host of bench.fleet.hosts)
    host.updates.behave = ({ targetSha }) => {
      order.push(host.name);
      return { exitCode: 0, brings: targetSha, log: 'pulled\n' };
    };
  const { id } = await create({ strategy: { canaryHosts: 1, batchSize: 2 } });
  const done = await until(id, { state: RolloutState.SUCCEEDED });
  expect(done).toMatchObject({ targetSha: target, batches: 3, sentence: '4 of 4 updates reported the target.' });
  expect(
    done.updates.map(({ batch, fromSha, runningSha, lastLine }) => ({ batch, fromSha, runningSha, lastLine })),
  ).toEqual([0, 1, 1, 2].map((batch) => ({ batch, fromSha: before, runningSha: target, lastLine: 'pulled' })));
  expect([order[0], order.slice(1, 3).toSorted(), order[3]]).toEqual(['a', ['b', 'c'], 'd']);
});

test('it stops at the first failure, leaves the others as they are, and says why', async () => {
  for (const name of ['a', 'b', 'c']) await bench.addHost(name);
  bench.fleet.hosts[0]!.updates.behave = () => ({ exitCode: 3, brings: undefined, log: 'no space left\n' });
  const { id } = await create({ strategy: { batchSize: 1 } });
  const failed = await until(id, { state: RolloutState.FAILED, lanes: 'a FAILED, b ABORTED, c ABORTED' });
  expect(failed.sentence).toContain('web failed on a');
  expect(failed.updates[0]).toMatchObject({ reason: 'The command ended with exit code 3.', lastLine: 'no space left' });
  expect(bench.fleet.hosts[1]!.updates.begun).toEqual([]);
});

test('a command that ends well and changes nothing fails with what runs instead', async () => {
  const host = await bench.addHost('a');
  host.updates.behave = () => ({ exitCode: 0, brings: undefined });
  const { id } = await create({ strategy: { verifyWithin: { seconds: 1n } } });
  const failed = await until(id, { state: RolloutState.FAILED });
  expect(failed.updates[0]!.reason).toBe(
    `The command ended well, but within 1 s the target ${target.slice(0, 7)} was not reported: the running process reports ${before.slice(0, 7)}.`,
  );
});

test('a host whose config names no command fails with that', async () => {
  const host = await bench.addHost('a');
  host.updates.behave = () => 'not offered';
  const { id } = await create();
  const failed = await until(id, { state: RolloutState.FAILED });
  expect(failed.updates[0]!.reason).toBe('Nothing updates web here.');
});

test('what is pinned elsewhere is left out with the reason of its pin, unless it is meant, or pinned at the target', async () => {
  const [free, held, there] = [await bench.addHost('a'), await bench.addHost('b'), await bench.addHost('c')];
  const { pool } = bench.fleet.plane.services;
  const pin = (hostId: string, sha: string) =>
    pool`insert into component_pins (host_id, component, sha, reason, pinned_by) values (${hostId}, 'web', ${sha}, 'The printer needs it', 'user:x')`;
  await pin(held.id, before);
  await pin(there.id, target);
  const draft = await create({ dryRun: true, strategy: { canaryHosts: 1 } });
  expect(lanes(draft)).toBe('a QUEUED, b SKIPPED, c QUEUED');
  expect(draft.sentence).toBe(
    'It would update 2 hosts in 2 batches. What is pinned elsewhere is left out: 1 component. Nothing was done.',
  );
  const { id } = await create();
  const done = await until(id, { state: RolloutState.SUCCEEDED, lanes: 'a SUCCEEDED, b SKIPPED, c SUCCEEDED' });
  expect(done.sentence).toBe('Not everywhere: 2 of 3 updates reported the target; 1 skipped.');
  expect(done.updates[1]!.reason).toBe(`It is pinned at ${before.slice(0, 7)}: “The printer needs it”.`);
  expect(held.updates.begun).toEqual([]);
  const selection = { hostIds: [held.id] };
  expect((await failureOf(create({ selection }))).rawMessage).toContain('everything in it is pinned at another commit');
  const meant = await create({ selection, includePinned: true });
  expect(meant.includePinned).toBe(true);
  await until(meant.id, { state: RolloutState.SUCCEEDED, lanes: 'b SUCCEEDED' });
  // A pin that comes while a host waits for its turn counts, too.
  free.updates.behave = () => 'runs';
  await pool`delete from component_pins`;
  for (const host of [free, held])
    await host.setComponents([
      { component: 'web', repository: 'web', runningSha: before, buildSource: BuildSource.BAKED },
    ]);
  const later = await create({ strategy: { batchSize: 1 } });
  await until(later.id, { lanes: 'a RUNNING, b QUEUED, c QUEUED' });
  await pin(held.id, before);
  free.updates.behave = ({ targetSha }) => ({ exitCode: 0, brings: targetSha });
  await until(later.id, { state: RolloutState.SUCCEEDED, lanes: 'a SUCCEEDED, b SKIPPED, c SUCCEEDED' });
});

test('a failed host is returned to the commit before', async () => {
  const host = await bench.addHost('a');
  host.updates.behave = ({ kind, targetSha }) =>
    kind === 'update' ? { exitCode: 1, brings: 'd'.repeat(40) } : { exitCode: 0, brings: targetSha };
  const { id } = await create({ strategy: { returnOnFailure: true } });
  const failed = await until(id, { state: RolloutState.FAILED });
  expect(failed.updates[0]).toMatchObject({
    runningSha: before,
    reason: `The command ended with exit code 1. It was returned to ${before.slice(0, 7)}.`,
  });
  expect(host.updates.begun.map(({ kind, targetSha }) => [kind, targetSha])).toEqual([
    ['update', target],
    ['return', before],
  ]);
});

test('while a batch soaks its hosts have to hold, and the next does not begin', async () => {
  const [first] = [await bench.addHost('a'), await bench.addHost('b')];
  const { id } = await create({ strategy: { batchSize: 1, soak: { seconds: 3600n } } });
  const soaking = await until(id, { lanes: 'a SUCCEEDED, b QUEUED' });
  await eventually(
    () => bench.read(id),
    ({ soaksUntil }) => expect(soaksUntil).toBeDefined(),
  );
  expect(soaking.state).toBe(RolloutState.RUNNING);
  await first.setComponents([{ component: 'web', repository: 'web', probeError: 'connection refused' }]);
  const failed = await until(id, { state: RolloutState.FAILED, lanes: 'a FAILED, b ABORTED' });
  expect(failed.updates[0]!.reason).toContain('no longer while its batch soaked: its probe fails (connection refused)');
});

test('an hour of soak passes, and the next batch begins', async () => {
  await bench.addHost('a');
  await bench.addHost('b');
  const { id } = await create({ strategy: { batchSize: 1, soak: { seconds: 3600n } } });
  for (const state of ['a SUCCEEDED, b QUEUED', 'a SUCCEEDED, b SUCCEEDED']) {
    await until(id, { lanes: state });
    await eventually(
      () => bench.read(id),
      ({ soaksUntil }) => expect(soaksUntil).toBeDefined(),
    );
    // The database's clock is the one that counts: it began an hour earlier.
    await bench.fleet.plane.services
      .pool`update rollouts set soak_began_at = soak_began_at - interval '1 hour 1 second' where id = ${id}`;
  }
  await until(id, { state: RolloutState.SUCCEEDED });
});

test('a paused rollout begins no further host; resumed it goes on; both can be repeated', async () => {
  const hosts = [await bench.addHost('a'), await bench.addHost('b')];
  hosts[0]!.updates.behave = () => 'runs';
  const { id } = await create({ strategy: { batchSize: 1 } });
  await until(id, { lanes: 'a RUNNING, b QUEUED' });
  await rollouts().pauseRollout({ rolloutId: id });
  await rollouts().pauseRollout({ rolloutId: id });
  hosts[0]!.updates.behave = ({ targetSha }) => ({ exitCode: 0, brings: targetSha });
  await until(id, {
    state: RolloutState.PAUSED,
    lanes: 'a SUCCEEDED, b QUEUED',
    sentence: `Paused by ${bench.fleet.plane.admin.name}: 1 of 2 updates done.`,
  });
  await rollouts().resumeRollout({ rolloutId: id });
  await rollouts().resumeRollout({ rolloutId: id });
  await until(id, { state: RolloutState.SUCCEEDED });
  const refused = await failureOf(rollouts().pauseRollout({ rolloutId: id }));
  expect(refused.code).toBe(Code.FailedPrecondition);
});

test('an aborted rollout ends what runs and leaves what waits', async () => {
  const hosts = [await bench.addHost('a'), await bench.addHost('b')];
  hosts[0]!.updates.behave = () => 'runs';
  const { id } = await create({ strategy: { batchSize: 1 } });
  await until(id, { lanes: 'a RUNNING, b QUEUED' });
  await rollouts().abortRollout({ rolloutId: id });
  const over = await until(id, { state: RolloutState.ABORTED, lanes: 'a ABORTED, b ABORTED' });
  expect(over.sentence).toBe(`It was aborted by ${bench.fleet.plane.admin.name}.`);
  expect(over.updates[0]!.reason).toContain('aborted while its command ran; the running process reports bbbbbbb');

  // What stops after a failure waits for the commands that run, unless it is aborted, too: once.
  hosts[1]!.updates.behave = () => ({ exitCode: 1, brings: undefined });
  const failing = await create();
  const stopping = await until(failing.id, { state: RolloutState.STOPPING, lanes: 'a RUNNING, b FAILED' });
  expect(stopping.actions).toEqual(['abort']);
  const { rollout: aborted } = await rollouts().abortRollout({ rolloutId: failing.id });
  expect(aborted!.actions).toEqual([]);
  await until(failing.id, { state: RolloutState.ABORTED, lanes: 'a ABORTED, b FAILED' });
});

test('a host that is away is caught up with when it returns; with the other policy it is left out', async () => {
  const [, away] = [await bench.addHost('a'), await bench.addHost('b')];
  away.goSilent();
  await eventually(
    () => bench.fleet.read(away),
    ({ connected }) => expect(connected).toBe(false),
  );
  const { id } = await create();
  const waiting = await until(id, { lanes: 'a SUCCEEDED, b QUEUED', state: RolloutState.RUNNING });
  expect(waiting.updates[1]!.reason).toBe('Its host is not connected.');
  const { sql } = bench.fleet.plane.context;
  await sql`update hosts set quarantined_at = now() where id = ${away.id}`;
  expect((await until(id, {})).updates[1]!.reason).toMatch(/^Its host is quarantined/);
  await sql`update hosts set quarantined_at = null where id = ${away.id}`;
  away.comeBack();
  await until(id, { state: RolloutState.SUCCEEDED, lanes: 'a SUCCEEDED, b SUCCEEDED' });

  away.goSilent();
  await eventually(
    () => bench.fleet.read(away),
    ({ connected }) => expect(connected).toBe(false),
  );
  const second = await create({ targetSha: '', strategy: { offline: OfflinePolicy.SKIP } });
  await until(second.id, { lanes: 'a SUCCEEDED, b QUEUED' });
  // A connection that has just ended may come back at once; one that has long ended does not.
  const { pool } = bench.fleet.plane.services;
  await pool`update hosts set last_seen_at = now() - interval '2 minutes' where id = ${away.id}`;
  await until(second.id, { state: RolloutState.SUCCEEDED, lanes: 'a SUCCEEDED, b SKIPPED' });
});

test('one rollout per component and host: another is refused, or takes over what waits', async () => {
  const host = await bench.addHost('a');
  host.goSilent();
  await eventually(
    () => bench.fleet.read(host),
    ({ connected }) => expect(connected).toBe(false),
  );
  const first = await create();
  const refused = await failureOf(create());
  expect(refused.code).toBe(Code.FailedPrecondition);
  expect(refused.message).toContain(`The rollout ${first.id} has web on a (queued).`);
  const second = await create({ supersede: true });
  await until(first.id, { state: RolloutState.FAILED, lanes: 'a SUPERSEDED' });
  host.comeBack();
  await until(second.id, { state: RolloutState.SUCCEEDED });
});

test('the same request answers the same rollout, raced too; a dry run makes none', async () => {
  await bench.addHost('a');
  const dry = await create({ dryRun: true });
  expect(dry).toMatchObject({ id: '', sentence: 'It would update 1 host in 1 batch. Nothing was done.' });
  const request = { requestId: 'deploy-17' };
  const made = await Promise.all([create(request), create(request), create(request)]);
  expect(new Set(made.map(({ id }) => id)).size).toBe(1);
  expect((await rollouts().listRollouts({})).rollouts).toHaveLength(1);
});

test('a selection without hosts, an unknown commit and an unknown repository are refused with the field', async () => {
  await bench.addHost('a');
  const none = await failureOf(create({ selection: {} }));
  expect([none.code, none.rawMessage]).toEqual([Code.InvalidArgument, expect.stringContaining('selection:')]);
  const other = await failureOf(create({ selection: { labels: { zone: 'nowhere' } } }));
  expect(other.rawMessage).toContain('no host of it reports web built from web');
  expect((await failureOf(create({ targetSha: 'e'.repeat(40) }))).rawMessage).toContain('does not have this commit');
  expect((await failureOf(create({ repository: 'nowhere' }))).code).toBe(Code.NotFound);
});

test('several components of a host are updated one after the other', async () => {
  const host = await bench.addHost('a', ['api', 'web']);
  const { id } = await create({ components: ['web', 'api'] });
  await until(id, { state: RolloutState.SUCCEEDED });
  expect(host.updates.begun.map(({ component }) => component)).toEqual(['web', 'api']);
});

test('a control plane that is stopped goes on with each rollout where it was, in every state, and no command runs twice', async () => {
  const runs = () => 'runs' as const;
  const works: SimulatedHost['updates']['behave'] = ({ targetSha }) => ({ exitCode: 0, brings: targetSha });
  const names = ['runs', 'verifies', 'returns', 'soaks', 'soaks-next', 'pauses', 'pauses-next', 'stops', 'away'];
  const made = await Promise.all(names.map(async (name) => [name, await bench.addHost(name)] as const));
  const host: Record<string, SimulatedHost> = Object.fromEntries(made);
  const on = async (its: readonly string[], strategy: Request['strategy'], state: string) => {
    const hostIds = its.map((name) => host[name]!.id); // made above
    const { id } = await create({ selection: { hostIds }, strategy: { batchSize: 1, ...strategy } });
    await until(id, { lanes: state });
    return id;
  };
  for (const name of ['runs', 'pauses', 'stops']) host[name]!.updates.behave = runs;
  host['verifies']!.updates.behave = () => ({ exitCode: 0, brings: undefined });
  host['returns']!.updates.behave = ({ kind }) => (kind === 'update' ? { exitCode: 1, brings: undefined } : 'runs');
  host['away']!.goSilent();
  await eventually(
    () => bench.fleet.read(host['away']!),
    ({ connected }) => expect(connected).toBe(false),
  );
  const running = await on(['runs'], {}, 'runs RUNNING');
  const verifying = await on(['verifies'], { verifyWithin: { seconds: 600n } }, 'verifies VERIFYING');
  const returning = await on(['returns'], { returnOnFailure: true }, 'returns RETURNING');
  const soak = { soak: { seconds: 3600n } };
  const soaking = await on(['soaks', 'soaks-next'], soak, 'soaks SUCCEEDED, soaks-next QUEUED');
  const paused = await on(['pauses', 'pauses-next'], {}, 'pauses RUNNING, pauses-next QUEUED');
  const stopping = await on(['stops'], {}, 'stops RUNNING');
  const waiting = await on(['away'], {}, 'away QUEUED');
  const begun = () => Object.values(host).map(({ name, updates }) => [name, updates.begun.map(({ kind }) => kind)]);
  await eventually(begun, (so) =>
    expect(so.filter(([, kinds]) => kinds!.length > 0).map(([name]) => name)).toEqual(
      expect.arrayContaining(['runs', 'verifies', 'returns', 'soaks', 'pauses', 'stops']),
    ),
  );
  const isSoaking = () =>
    eventually(
      () => bench.read(soaking),
      ({ soaksUntil }) => expect(soaksUntil).toBeDefined(),
    );
  await isSoaking();
  await rollouts().pauseRollout({ rolloutId: paused });
  host['stops']!.goSilent();
  await eventually(
    () => bench.fleet.read(host['stops']!),
    ({ connected }) => expect(connected).toBe(false),
  );
  await rollouts().abortRollout({ rolloutId: stopping });
  await until(stopping, { state: RolloutState.STOPPING });

  const { port } = new URL(bench.fleet.plane.url);
  await bench.fleet.plane.replica.stop(1_000);
  const { services } = await bench.fleet.plane.startReplica({
    MUSTER_LISTEN: `127.0.0.1:${port}`,
    MUSTER_STARTUP_GRACE: '0s',
  });
  for (const name of ['runs', 'pauses']) host[name]!.updates.behave = works;
  host['returns']!.updates.behave = ({ targetSha }) => ({ exitCode: 0, brings: targetSha });
  await host['verifies']!.setComponents([
    { component: 'web', repository: 'web', runningSha: target, buildSource: BuildSource.BAKED },
  ]);
  for (const name of ['stops', 'away']) host[name]!.comeBack();

  await until(running, { state: RolloutState.SUCCEEDED });
  await until(verifying, { state: RolloutState.SUCCEEDED });
  const returned = await until(returning, { state: RolloutState.FAILED });
  expect(returned.updates[0]!.reason).toContain(`It was returned to ${before.slice(0, 7)}.`);
  await until(paused, { state: RolloutState.PAUSED, lanes: 'pauses SUCCEEDED, pauses-next QUEUED' });
  await rollouts().resumeRollout({ rolloutId: paused });
  await until(paused, { state: RolloutState.SUCCEEDED });
  await until(stopping, { state: RolloutState.ABORTED, lanes: 'stops ABORTED' });
  await until(waiting, { state: RolloutState.SUCCEEDED });
  const pass = () =>
    services.pool`update rollouts set soak_began_at = soak_began_at - interval '1 hour 1 second' where id = ${soaking}`;
  await until(soaking, { state: RolloutState.RUNNING, lanes: 'soaks SUCCEEDED, soaks-next QUEUED' });
  await pass();
  await until(soaking, { lanes: 'soaks SUCCEEDED, soaks-next SUCCEEDED' });
  await isSoaking();
  await pass();
  await until(soaking, { state: RolloutState.SUCCEEDED });
  expect(begun()).toEqual(
    Object.keys(host).map((name) => [name, name === 'returns' ? ['update', 'return'] : ['update']]),
  );
});

test('a watcher hears of every state and reads the log, and the stream ends with the rollout', async () => {
  const host = await bench.addHost('a');
  host.updates.behave = ({ targetSha }) => ({ exitCode: 0, brings: targetSha, log: 'one\ntwo\n' });
  const { id } = await create();
  let log = '';
  let last: RolloutState | undefined;
  for await (const { event } of rollouts().watchRollout({ rolloutId: id })) {
    if (event.case === 'log') log += `${event.value.hostName}: ${event.value.text}`;
    if (event.case === 'rollout') last = event.value.state;
  }
  expect([log, last]).toEqual(['a: one\ntwo\n', RolloutState.SUCCEEDED]);
});

test('a watcher may ask for changes alone: the whole first, then only updates that have changed', async () => {
  const hosts = [await bench.addHost('a'), await bench.addHost('b')];
  hosts.forEach(({ updates }) => (updates.behave = ({ targetSha }) => ({ exitCode: 0, brings: targetSha })));
  const { id } = await create({ strategy: { batchSize: 1 } });
  const seen = new Map<string, UpdateState>();
  const events: string[] = [];
  let sent = 0;
  let state: RolloutState | undefined;
  for await (const { event } of rollouts().watchRollout({ rolloutId: id, changesOnly: true })) {
    if (event.case !== 'rollout' && event.case !== 'change') continue;
    events.push(event.case);
    state = event.case === 'rollout' ? event.value.state : event.value.rollout?.state;
    sent += event.value.updates.length + (event.case === 'change' ? (event.value.rollout?.updates.length ?? 0) : 0);
    for (const update of event.value.updates) seen.set(update.hostName, update.state);
  }
  expect(events.filter((one) => one === 'rollout')).toEqual(['rollout']);
  expect(events[0]).toBe('rollout');
  // One host after the other: never both of them in each.
  expect(sent).toBeLessThan(2 * events.length);
  expect(state).toBe(RolloutState.SUCCEEDED);
  expect([...seen]).toEqual([
    ['a', UpdateState.SUCCEEDED],
    ['b', UpdateState.SUCCEEDED],
  ]);
});

test('a watcher may ask for one host, and for the end of the log alone', async () => {
  for (const name of ['a', 'b']) {
    const host = await bench.addHost(name);
    host.updates.behave = ({ targetSha }) => ({ exitCode: 0, brings: targetSha, log: `this is ${name}\n` });
  }
  const { id } = await create({ strategy: { batchSize: 1 } });
  const { updates } = await until(id, { state: RolloutState.SUCCEEDED });
  const logOf = async (wish: { hostId?: string; logTail?: number }) => {
    let log = '';
    for await (const { event } of rollouts().watchRollout({ rolloutId: id, ...wish }))
      if (event.case === 'log') log += event.value.text;
    return log;
  };
  expect(await logOf({ hostId: updates[0]!.hostId })).toBe('this is a\n');
  expect(await logOf({ logTail: 1 })).toBe('this is b\n');
});

test('every mutation and the end are in the audit log', async () => {
  await bench.addHost('a');
  const { id } = await create({ reason: 'release 7' });
  await until(id, { state: RolloutState.SUCCEEDED });
  const rows = await bench.fleet.plane.services.pool<{ action: string; actor: string }[]>`
    select action, split_part(actor, ':', 1) as actor from audit_events where target = ${id} order by id`;
  expect(rows).toEqual([
    { action: 'rollout.create', actor: 'user' },
    { action: 'rollout.end', actor: 'system' },
  ]);
});

test('the fleet shows as rolling out what a rollout is bringing forward', async () => {
  const { pool } = bench.fleet.plane.services;
  const host = await bench.addHost('a');
  host.updates.behave = () => 'runs';
  const { id } = await create();
  await until(id, { lanes: 'a RUNNING' });
  const rows = await pool`select host_id, rollout_id from rolling_out`;
  expect(rows).toEqual([{ host_id: host.id, rollout_id: id }]);
  const states = async () => {
    const { hosts } = await bench.fleet.plane.admin.clients.fleet.getFleet({});
    return hosts.flatMap(({ components }) => components.map(({ state }) => ComponentState[state]));
  };
  // A head that CI has told needs no look at the repository: what was reported before is behind it.
  await pool`update repositories set published = true, fetched_at = now()`;
  await pool`insert into repository_heads (repository_id, branch, sha, source) values ('repo0123456789abcdef', 'main', ${before}, 'published')`;
  await pool`insert into repository_heads (repository_id, branch, sha, source) values ('repo0123456789abcdef', 'main', ${target}, 'published')`;
  await eventually(states, (seen) => expect(seen).toEqual(['ROLLING_OUT']));
  host.updates.behave = ({ targetSha }) => ({ exitCode: 0, brings: targetSha });
  await until(id, { state: RolloutState.SUCCEEDED });
  await eventually(states, (seen) => expect(seen).toEqual(['CURRENT']));
});
