import { afterAll, expect, test } from 'vitest';
import { clientsWithToken, expectEventually, startTestControlPlane } from '../testing/index.ts';
import { startReceiver } from './testing/receiver.ts';

const receiver = await startReceiver();
const plane = await startTestControlPlane({
  env: {
    MUSTER_PRIVATE_RANGES: '127.0.0.1',
    MUSTER_ALERT_INTERVAL: '200ms',
    MUSTER_HEARTBEAT_INTERVAL: '200ms',
    MUSTER_STARTUP_GRACE: '0s',
    // What is on its way when its replica goes is sent again after a few of these.
    MUSTER_OUTGOING_TIMEOUT: '3s',
    MUSTER_MAIL_TIMEOUT: '100ms',
  },
});
afterAll(async () => {
  await plane.stop();
  await receiver.close();
});

const told = (type: string) => receiver.received.filter(({ body }) => body.includes(`"alert.${type}"`));

test('when the replica that looks and sends goes in the middle of it, the other one goes on: nothing is lost', async () => {
  const { pool } = plane.services;
  const { clients } = plane.admin;
  await clients.alerts.createChannel({ name: 'pager', target: { case: 'webhook', value: { url: receiver.url } } });
  await clients.alerts.updateAlertRule({ ruleId: 'rule00000000unreachable', hold: { seconds: 0n } });
  // It is never answered: the replica goes while it waits.
  receiver.answer = () => {};
  await pool`insert into hosts (id, name, status, joined_at, last_seen_at) values ('host0000000000gone', 'gone', 'unreachable', now(), now())`;
  await expectEventually(() => told('firing').length, 1);
  const other = await plane.startReplica();
  receiver.answer = (response) => void response.writeHead(204).end();
  await plane.replica.stop(100);
  const { alerts } = clientsWithToken(other.url, plane.admin.token);
  await expectEventually(() => told('firing').length, 2);
  const [first, second] = told('firing');
  expect(second!.headers['webhook-id']).toBe(first!.headers['webhook-id']);
  expect(second!.body).toBe(first!.body);
  await other.services.pool`delete from hosts`;
  await expectEventually(() => told('resolved').length, 1);
  expect((await alerts.listAlerts({})).alerts).toHaveLength(1);
});
