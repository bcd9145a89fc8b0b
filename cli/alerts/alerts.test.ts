import { afterAll, expect, test, vi } from 'vitest';
import { startTestControlPlane } from '../../control-plane/testing/index.ts';
import { startReceiver } from '../../control-plane/alerts/testing/receiver.ts';
import { openTerminal } from '../testing/muster.ts';

const receiver = await startReceiver();
const controlPlane = await startTestControlPlane({
  env: {
    MUSTER_PRIVATE_RANGES: '127.0.0.1',
    MUSTER_ALERT_INTERVAL: '200ms',
    MUSTER_HEARTBEAT_INTERVAL: '200ms',
    MUSTER_STARTUP_GRACE: '0s',
  },
});
const admin = openTerminal(controlPlane.url, { MUSTER_TOKEN: controlPlane.admin.token });
afterAll(async () => {
  admin.remove();
  await controlPlane.stop();
  await receiver.close();
});

test('a channel is made, tried, told what fires and what is over, and removed', { timeout: 120_000 }, async () => {
  expect((await admin.run('alerts', 'channels')).stdout).toMatch(/^There are no channels: nobody is told/);
  expect(await admin.run('alerts', 'add-channel', 'pager')).toMatchObject({ code: 2 });
  const made = await admin.pipe(`${receiver.url}\n`, 'alerts', 'add-channel', 'pager', '--webhook');
  expect(made).toMatchObject({ code: 0, stdout: expect.stringMatching(/^whsec_\S+\n$/) });
  expect(await admin.run('alerts', 'test', 'pager')).toMatchObject({
    code: 0,
    stdout: 'pager took the test message.\n',
  });
  expect((await admin.run('alerts', 'list')).stdout).toBe('Nothing fires.\n');

  // A machine that was not heard of: unreachable, and with a shorter time it is told at once.
  const changed = await admin.run('alerts', 'change-rule', 'Unreachable machines', '--for', '0s', '--channel', 'pager');
  expect(changed.stdout).toBe('Unreachable machines: A host is unreachable.\n');
  const { pool } = controlPlane.services;
  await pool`insert into hosts (id, name, status, joined_at, last_seen_at) values ('host0000000000gone', 'gone', 'unreachable', now(), now())`;
  const told = (type: string) => receiver.received.filter(({ body }) => body.includes(`"alert.${type}"`)).length;
  await vi.waitFor(() => expect(told('firing')).toBe(1), 30_000);
  const list = (await admin.run('alerts', 'list')).stdout;
  expect(list).toMatch(/host unreachable {2}gone is unreachable\./);
  expect((await admin.run('alerts', 'show', /alert\w{16}/.exec(list)![0])).stdout).toMatch(
    /Rule +Unreachable machines[\s\S]*gone/,
  );
  expect((await admin.run('alerts', 'rules')).stdout).toMatch(/Unreachable machines +yes +host unreachable +pager +1 /);
  await pool`delete from hosts`;
  await vi.waitFor(() => expect(told('resolved')).toBe(1), 30_000);
  expect((await admin.run('alerts', 'list', '--all')).stdout).toMatch(/resolved/);

  const deliveries = await admin.run('alerts', 'deliveries', '--channel', 'pager', '--json');
  const [newest] = (JSON.parse(deliveries.stdout) as { deliveries: { id: string }[] }).deliveries;
  expect((await admin.run('alerts', 'retry', newest!.id)).stdout).toBe(`${newest!.id} is sent again to pager.\n`);
  await vi.waitFor(() => expect(told('resolved')).toBe(2), 30_000);
  receiver.answer = (response) => void response.writeHead(500).end();
  expect(await admin.run('alerts', 'test', 'pager')).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('pager: It answered 500.'),
  });
  expect((await admin.run('alerts', 'remove-channel', 'pager')).stdout).toBe('pager is removed.\n');
  expect(await admin.run('alerts', 'test', 'pager')).toMatchObject({ code: 5 });
});
