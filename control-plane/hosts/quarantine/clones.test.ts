import { createClient } from '@connectrpc/connect';
import { durationMs } from '@bufbuild/protobuf/wkt';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { AuditService } from '#proto/muster/v1/audit_pb.js';
import { ErrorInfoSchema, Reason } from '#proto/muster/v1/errors_pb.js';
import { mintToken } from '#contract/token.ts';
import { failureOf, startTestControlPlane, type TestControlPlane } from '../../testing/index.ts';
import { AgentKeys } from '../testing/agent-keys.ts';

let plane: TestControlPlane;
beforeAll(async () => void (plane = await startTestControlPlane()));
afterAll(() => plane?.stop());

const hosts = () => plane.admin.clients.hosts;
let number = 0;

/** A host whose credentials lie on so many machines as one likes. */
async function joined() {
  number += 1;
  const { joinToken } = await hosts().createHost({ name: `copied-${number}` });
  const keys = new AgentKeys(plane.services.installation.id);
  const { hostId, accessToken } = await plane.anonymous.enrolment.joinHost(keys.join(joinToken!.token));
  const sequences = new Map<string, bigint>();
  return {
    hostId,
    keys,
    accessToken,
    /** The next heartbeat of an instance; answers after how long it should send another one. */
    async beat(instanceId: string, token = accessToken) {
      const sequence = sequences.get(instanceId) ?? 0n;
      sequences.set(instanceId, sequence + 1n);
      const { nextIn } = await plane.anonymous.enrolment.heartbeat(
        { bootId: 'boot', instanceId, sequence },
        { headers: { authorization: `Bearer ${token}` } },
      );
      return durationMs(nextIn!);
    },
    read: async () => (await hosts().getHost({ hostId })).host!,
  };
}

test('two agents from one copied disk are found by their heartbeats alone, within a minute', async () => {
  const host = await joined();
  // Both beat as they are told; who is next follows from that.
  const due = new Map([
    ['original', 0],
    ['copy', 14_000],
  ]);
  let now = 0;
  while (!(await host.read()).quarantined && now < 120_000) {
    const [instance, at] = [...due].toSorted(([, a], [, b]) => a - b)[0]!;
    now = at;
    due.set(instance, now + (await host.beat(instance)));
  }
  const found = await host.read();
  expect(found.quarantined).toBe(true);
  expect(now - 14_000).toBeLessThan(60_000);
  expect(found.quarantineReason).toContain('Two agents took turns');
  expect(found.identity).toMatchObject({ locked: true });

  // It may go on saying what is on it, and is refused new credentials.
  await host.beat('original');
  const refresh = host.keys.refresh(host.keys.first, mintToken('hrt'));
  const refused = await failureOf(plane.anonymous.enrolment.refreshCredentials(refresh));
  expect(refused.findDetails(ErrorInfoSchema)[0]?.reason).toBe(Reason.QUARANTINED);

  // Unlocking ends what was issued before; who holds the newest token and the key goes on.
  const { host: unlocked } = await hosts().unlockHost({ hostId: host.hostId, reason: 'the copy was shut down' });
  expect(unlocked).toMatchObject({ quarantined: false, quarantineReason: '' });
  await hosts().unlockHost({ hostId: host.hostId, reason: 'once more' });
  const stale = await failureOf(host.beat('original'));
  expect(stale.findDetails(ErrorInfoSchema)[0]?.reason).toBe(Reason.REFRESH_REQUIRED);
  const { accessToken } = await plane.anonymous.enrolment.refreshCredentials(refresh);
  await host.beat('original', accessToken);
  const { events } = await createClient(AuditService, plane.admin.clients.transport).listAuditEvents({
    filter: { target: host.hostId },
  });
  expect(events.slice(0, 2)).toMatchObject([
    { action: 'host.unlock', reason: 'the copy was shut down' },
    { action: 'host.quarantine', outcome: expect.anything() },
  ]);
});

test('an agent that is restarted again and again, with heartbeats that come late, is no copy', async () => {
  const host = await joined();
  for (let start = 0; start < 6; start += 1) {
    await host.beat(`start-${start}`);
    await host.beat(`start-${start}`);
  }
  // The last one of the start before was on its way for long.
  await host.beat('start-4');
  await host.beat('start-5');
  await host.beat('start-5');
  expect(await host.read()).toMatchObject({ quarantined: false });
});

test('three copies are found as two are', async () => {
  const host = await joined();
  for (let round = 0; round < 2; round += 1) for (const instance of ['one', 'two', 'three']) await host.beat(instance);
  expect(await host.read()).toMatchObject({ quarantined: true });
});
