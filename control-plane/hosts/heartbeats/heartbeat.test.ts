import { Code } from '@connectrpc/connect';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestControlPlane, type TestControlPlane } from '../../testing/index.ts';
import { AgentKeys } from '../testing/agent-keys.ts';
import { cleanSpecs } from '../specs.ts';
import type { Beat } from './heartbeat.ts';
import { recordHeartbeats } from './store.ts';
import { heartbeatWriter } from './writer.ts';

let plane: TestControlPlane;
beforeAll(async () => void (plane = await startTestControlPlane()));
afterAll(() => plane?.stop());

async function joined(name: string) {
  const { joinToken } = await plane.admin.clients.hosts.createHost({ name });
  const keys = new AgentKeys(plane.services.installation.id);
  const { hostId, accessToken } = await plane.anonymous.enrolment.joinHost(keys.join(joinToken!.token));
  return {
    hostId,
    specs: cleanSpecs(keys.join(joinToken!.token).specs),
    headers: { authorization: `Bearer ${accessToken}` },
  };
}

const beatOf = (hostId: string, more: Partial<Beat> = {}): Beat => ({
  hostId,
  epoch: 1,
  generation: 1,
  bootId: 'boot',
  instanceId: 'instance',
  sequence: 0n,
  sentAtMs: Date.now(),
  digest: Buffer.alloc(32, 1),
  specs: undefined,
  reports: [],
  ...more,
});

const rowOf = async (hostId: string) => {
  const [row] = await plane.context.sql`
    select status, instance_id as "instanceId", last_sequence::int as sequence, clock_skew_ms::float8 as skew, kernel, last_seen_at as "lastSeenAt"
    from hosts where id = ${hostId}
  `;
  return row!;
};

test('one statement writes the heartbeats of many hosts, unknown ones among them', async () => {
  const hosts = await Promise.all(Array.from({ length: 12 }, (_, number) => joined(`many-${number}`)));
  const beats = [
    ...hosts.map(({ hostId }, number) => beatOf(hostId, { sequence: BigInt(number) })),
    beatOf('host0000000000000000'),
  ];
  const answers = await recordHeartbeats(plane.context.sql, beats);
  expect(answers.map(({ hostId }) => hostId).sort()).toEqual(hosts.map(({ hostId }) => hostId).sort());
  expect((await rowOf(hosts[7]!.hostId)).sequence).toBe(7);
});

test('an old beat of the same instance changes nothing; a new instance begins anew', async () => {
  const { hostId } = await joined('sequences');
  const write = (more: Partial<Beat>) => recordHeartbeats(plane.context.sql, [beatOf(hostId, more)]);
  await write({ sequence: 9n });
  await write({ sequence: 8n, bootId: 'older' });
  expect(await rowOf(hostId)).toMatchObject({ sequence: 9, instanceId: 'instance' });
  await write({ sequence: 0n, instanceId: 'next' });
  expect(await rowOf(hostId)).toMatchObject({ sequence: 0, instanceId: 'next' });
});

test('a beat of an epoch that is over changes nothing and is answered so', async () => {
  const { hostId, headers } = await joined('epochs');
  await plane.context.sql`update hosts set epoch = 2, status = 'unreachable' where id = ${hostId}`;
  const [answer] = await recordHeartbeats(plane.context.sql, [beatOf(hostId)]);
  expect(answer).toMatchObject({ epoch: 2 });
  expect((await rowOf(hostId)).status).toBe('unreachable');
  await expect(
    plane.anonymous.enrolment.heartbeat({ bootId: 'b', instanceId: 'i' }, { headers }),
  ).rejects.toMatchObject({ code: Code.Unauthenticated });
});

test('a writer gathers what comes at once, and of one host the latest counts', async () => {
  const one = await joined('gathered-one');
  const two = await joined('gathered-two');
  const writer = heartbeatWriter(plane.services, async () => {});
  const answers = await Promise.all([
    writer.write(beatOf(one.hostId, { sequence: 1n })),
    ...Array.from({ length: 40 }, (_, number) =>
      writer.write(
        beatOf(two.hostId, {
          sequence: BigInt(number),
          specs: number === 3 ? { ...two.specs, kernel: '6.6.6' } : undefined,
        }),
      ),
    ),
  ]);
  expect(answers.every((answer) => answer !== undefined)).toBe(true);
  expect(await rowOf(two.hostId)).toMatchObject({ sequence: 39, kernel: '6.6.6' });
  expect(await writer.write(beatOf('host0000000000000000'))).toBeUndefined();
});

test('each host of a large batch is answered, with what was written of it', async () => {
  const hosts = await Promise.all(Array.from({ length: 12 }, (_, number) => joined(`answered-${number}`)));
  const writer = heartbeatWriter(plane.services, async () => {});
  const ids = hosts.map(({ hostId }) => hostId);
  // The second batch is written while the first is still being answered.
  const write = (sequence: bigint) => ids.map((id) => writer.write(beatOf(id, { sequence })));
  const answers = await Promise.all([...write(1n), ...write(2n)]);
  expect(answers.map((answer) => answer?.hostId)).toEqual([...ids, ...ids]);
  const later = await Promise.all(write(3n));
  const written = await plane.context.sql<{ id: string; nonce: Buffer }[]>`
    select id, report_nonce as nonce from hosts where id = any(${ids})`;
  const nonces = new Map(written.map(({ id, nonce }) => [id, nonce.toString('hex')]));
  expect(later.map((answer) => Buffer.from(answer!.nextNonce!).toString('hex'))).toEqual(
    ids.map((id) => nonces.get(id)),
  );
});

test('the answer says when to come back, within a fifth of the interval, and what time it is', async () => {
  const { headers } = await joined('answered');
  const { nextIn, serverTime, refreshNow } = await plane.anonymous.enrolment.heartbeat(
    { bootId: 'b', instanceId: 'i' },
    { headers },
  );
  const seconds = Number(nextIn?.seconds) + (nextIn?.nanos ?? 0) / 1e9;
  expect(seconds).toBeGreaterThanOrEqual(24);
  expect(seconds).toBeLessThanOrEqual(36);
  expect(Math.abs(Number(serverTime?.seconds) - Date.now() / 1000)).toBeLessThan(30);
  expect(refreshNow).toBe(false);
});

test('what a host says about itself and its clock cannot break anything', async () => {
  const { hostId, headers } = await joined('wild');
  const wild = {
    arch: 'x\0y',
    cpus: -5,
    memoryMib: 2n ** 62n,
    diskMib: -1n,
    os: 'o'.repeat(5_000),
    kernel: '\u{1b}[31m',
    templates: ['a\0', 'b'],
  };
  await plane.anonymous.enrolment.heartbeat(
    { bootId: 'b\0', instanceId: 'i\n', sentAt: { seconds: 253_402_300_799n }, specs: wild },
    { headers },
  );
  const { host } = await plane.admin.clients.hosts.getHost({ hostId });
  expect(host?.specs).toMatchObject({ arch: 'x y', cpus: 0, diskMib: 0n, kernel: ' [31m', templates: ['a ', 'b'] });
  expect(host?.specs?.os).toHaveLength(200);
  expect(host?.clockSkewMs).toBeGreaterThan(1_000_000_000n);
});

test('a user is no host', async () => {
  await expect(plane.admin.clients.enrolment.heartbeat({ bootId: 'b', instanceId: 'i' })).rejects.toMatchObject({
    code: Code.PermissionDenied,
  });
  await expect(plane.anonymous.enrolment.heartbeat({ bootId: 'b', instanceId: 'i' })).rejects.toMatchObject({
    code: Code.Unauthenticated,
  });
});
