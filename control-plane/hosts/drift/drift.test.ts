import { Code } from '@connectrpc/connect';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { SignedRefusalSchema, type StateMark } from '#proto/muster/agent/v1/enrolment_pb.js';
import { DriftDecision, UnknownSandboxDecision } from '#proto/muster/v1/host_pb.js';
import { ObservedState } from '#proto/muster/v1/sandbox_pb.js';
import { mintToken, type Token } from '#contract/token.ts';
import { eventually, failureOf } from '../../testing/index.ts';
import { AgentKeys } from '../testing/agent-keys.ts';
import { startSimulatedFleet, type SimulatedFleet } from '../testing/simulated-fleet.ts';

let fleet: SimulatedFleet;
beforeAll(async () => void (fleet = await startSimulatedFleet(1)));
afterAll(() => fleet?.stop());

const hosts = () => fleet.plane.admin.clients.hosts;
const sandboxes = () => fleet.plane.admin.clients.sandboxes;
const sql = () => fleet.plane.context.sql;

/** A host that is driven by hand: it shows what it is told to have seen. */
async function joined(name: string) {
  const { joinToken } = await hosts().createHost({ name });
  const keys = new AgentKeys(fleet.plane.services.installation.id);
  const { hostId, accessToken } = await fleet.plane.anonymous.enrolment.joinHost(keys.join(joinToken!.token));
  let sequence = 0n;
  const headers = { authorization: `Bearer ${accessToken}` };
  return {
    hostId,
    keys,
    beat: async (seen?: StateMark) =>
      (
        await fleet.plane.anonymous.enrolment.heartbeat(
          { bootId: 'boot', instanceId: 'instance', sequence: sequence++, seen },
          { headers },
        )
      ).state!,
    refresh: (current: Token, next: Token, key = keys.key) =>
      fleet.plane.anonymous.enrolment.refreshCredentials({ ...keys.refresh(current, next, key), hostId }),
  };
}

test('an older database that is restored ends nothing, until an operator has decided', async () => {
  const host = await joined('by-hand');
  const create = async () => (await sandboxes().createSandbox({})).sandbox!.id;
  const [wantedAway, expired, unknown] = [await create(), await create(), await create()];
  const first = await host.beat();
  expect((await hosts().getDrift({})).drift).toBeUndefined();

  // Nobody can claim to have seen what never was.
  await host.beat({ ...first, sequence: first.sequence + 1_000_000n });
  expect((await hosts().getDrift({})).drift).toBeUndefined();

  // What was seen later than the backup: then the backup comes back.
  await sql()`select setval('state_sequence', nextval('state_sequence') + 1000)`;
  const later = await host.beat(first);
  await sql()`select setval('state_sequence', ${String(first.sequence)}::bigint)`;
  await host.beat(later);
  const { drift } = await hosts().getDrift({});
  expect(drift).toMatchObject({ hostId: host.hostId, hosts: 1 });
  expect(Number(drift?.lostSteps)).toBeGreaterThan(500);

  // What this database says would end, freeze or be forgotten: nothing of it happens by itself.
  await sql()`update sandboxes set wanted = 'destroyed', wanted_revision = wanted_revision + 1 where id = ${wantedAway}`;
  await sql()`update sandboxes set expires_at = now() where id = ${expired}`;
  for (const table of ['sandbox_events', 'sandbox_attempts'])
    await sql()`delete from ${sql()(table)} where sandbox_id = ${unknown}`;
  await sql()`delete from sandboxes where id = ${unknown}`;
  const simulated = fleet.hosts[0]!;
  await sql()`update hosts set last_reconciled_at = null where id = ${simulated.id}`;
  await eventually(
    () => fleet.read(simulated),
    ({ lastReconcile }) => expect(lastReconcile).toMatch(/2 more held back: the database is older than this host\.$/),
  );
  const there = () => simulated.sandboxes;
  expect(there().map(({ state }) => state)).toEqual([
    ObservedState.RUNNING,
    ObservedState.RUNNING,
    ObservedState.RUNNING,
  ]);
  expect((await hosts().getDrift({})).drift?.finding).toContain('2 differences');

  // A host whose tokens this database has never seen is told nothing that it would act on.
  const [lost, next] = [mintToken('hrt'), mintToken('hrt')];
  const refused = await failureOf(host.refresh(lost, next));
  expect(refused.code).toBe(Code.Unavailable);
  expect(refused.findDetails(SignedRefusalSchema)).toEqual([]);

  // Within the window it is taken back by its key, and by nothing else.
  await hosts().settleDrift({ decision: DriftDecision.OPEN_WINDOW, reason: 'restored the backup of last night' });
  const stranger = new AgentKeys(fleet.plane.services.installation.id);
  expect((await failureOf(host.refresh(lost, next, stranger.key))).code).toBe(Code.Unavailable);
  expect((await host.refresh(lost, next)).accessToken).not.toBe('');
  expect((await host.refresh(next, mintToken('hrt'))).accessToken).not.toBe('');
  expect((await hosts().getDrift({})).drift).toMatchObject({ reestablishedHosts: 1 });

  // From here on the database counts. What it does not know is frozen, and an operator lets it go on.
  expect(
    (await hosts().settleDrift({ decision: DriftDecision.ACCEPT, reason: 'looked through' })).drift,
  ).toBeUndefined();
  await eventually(
    () => Promise.resolve(there()),
    (left) => expect(left).toMatchObject([{ sandboxId: unknown, state: ObservedState.PAUSED }]),
  );
  expect((await failureOf(hosts().settleDrift({ decision: DriftDecision.ACCEPT, reason: 'x' }))).code).toBe(
    Code.FailedPrecondition,
  );
  const settle = (decision: UnknownSandboxDecision) =>
    hosts().settleUnknownSandbox({ hostId: simulated.id, sandboxId: unknown, decision, reason: 'known to us' });
  await settle(UnknownSandboxDecision.RELEASE);
  await sql()`update hosts set last_reconciled_at = null where id = ${simulated.id}`;
  await eventually(
    () => fleet.read(simulated),
    ({ lastReconciledAt }) => expect(lastReconciledAt).toBeDefined(),
  );
  expect(there()).toMatchObject([{ state: ObservedState.RUNNING }]);
  await settle(UnknownSandboxDecision.DESTROY);
  expect(there()).toEqual([]);
  // In its new life the database is no older than what hosts have seen of the one before.
  await host.beat(later).catch(() => undefined);
  expect((await hosts().getDrift({})).drift).toBeUndefined();
});
