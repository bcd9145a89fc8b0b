import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { TeamRole } from '#proto/muster/v1/auth_pb.js';
import { StartupError } from '../errors.ts';
import { parseConfig } from '../config.ts';
import { eventually, expectEventually, startTestControlPlane, type TestControlPlane } from '../testing/index.ts';
import { startMailServer, type TestMailServer } from './testing/mail-server.ts';

let server: TestMailServer;
let plane: TestControlPlane;
beforeAll(async () => {
  server = await startMailServer();
  plane = await startTestControlPlane({
    env: {
      MUSTER_SMTP_URL: server.url,
      MUSTER_MAIL_FROM: 'muster@example.com',
      MUSTER_MAIL_FROM_NAME: 'Muster "of" Ada',
      MUSTER_MAIL_TIMEOUT: '300ms',
    },
  });
});
afterAll(async () => {
  await plane?.stop();
  await server?.close();
});
afterEach(() => {
  server.behaviour = 'take';
});

interface OutboxRow {
  readonly sealed: Buffer | null;
  readonly attempts: number;
  readonly lastError: string | null;
  readonly sent: boolean;
  readonly failed: boolean;
}

const outbox = async (recipient: string): Promise<OutboxRow> => {
  const [row] = await plane.services.pool<OutboxRow[]>`
    select sealed, attempts, last_error as "lastError", sent_at is not null as sent, failed_at is not null as failed
    from mail_outbox where recipient = ${recipient}`;
  return row!;
};
/** As if the wait for the next attempt were over. */
const makeDue = async () => {
  await plane.services.pool`update mail_outbox set next_attempt_at = now() where sealed is not null`;
  plane.replica.loops.wake('mail.send');
};
const invite = (email: string) =>
  plane.admin.clients.invites.createInvite({ teamId: plane.admin.teamId, email, role: TeamRole.MEMBER });
const mailsTo = (address: string) => server.mails.filter(({ to }) => to === address);

test('an invite is mailed once, without a link in the answer, and its link works', async () => {
  const { invite: made, link } = await invite('once@example.com');
  expect(link).toBe('');
  await expectEventually(() => mailsTo('once@example.com').length, 1);
  const [mail] = mailsTo('once@example.com');
  expect(mail!.from).toBe('muster@example.com');
  expect(mail!.raw).toMatch(/^From: "Muster \\"of\\" Ada" <muster@example\.com>/m);
  expect(mail!.raw).toMatch(/^Subject: Ada invites you to Ada's team on Muster/m);
  expect(mail!.raw).toMatch(/text\/plain[\s\S]*text\/html/);
  const [token] = /mst_inv_[0-9A-Za-z]{12}_[0-9A-Za-z]{49}/.exec(mail!.text)!;
  expect((await plane.anonymous.invites.getInvite({ token })).invite!.id).toBe(made!.id);
  await expectEventually(async () => {
    const { invites } = await plane.admin.clients.invites.listInvites({ teamId: plane.admin.teamId });
    return invites.find(({ id }) => id === made!.id)?.mailed;
  }, true);
  await makeDue();
  await invite('after-once@example.com');
  await expectEventually(() => mailsTo('after-once@example.com').length, 1);
  expect(mailsTo('once@example.com')).toHaveLength(1);
});

test('what a mail said is sealed while it waits, and erased when it was sent', async () => {
  server.behaviour = 'later';
  await invite('sealed@example.com');
  await eventually(
    () => outbox('sealed@example.com'),
    (row) => expect(row.lastError).toMatch(/^451 /),
  );
  const waiting = await outbox('sealed@example.com');
  expect(waiting.sealed!.toString('latin1')).not.toMatch(/mst_|invite|Ada/);
  server.behaviour = 'take';
  await makeDue();
  await eventually(
    () => outbox('sealed@example.com'),
    (row) => expect(row).toMatchObject({ sealed: null, sent: true }),
  );
  expect(mailsTo('sealed@example.com')).toHaveLength(1);
  expect(plane.log.join('')).not.toMatch(/mst_inv_\w{12}_\w{49}|of%20the%20mail|of the mail server/);
});

test('an address that the server will never take is given up at once', async () => {
  server.behaviour = 'refuse';
  await invite('nobody@example.com');
  await eventually(
    () => outbox('nobody@example.com'),
    (row) => expect(row).toMatchObject({ sealed: null, failed: true, sent: false, attempts: 1 }),
  );
});

test('a server that is silent holds nobody up, and gets the mail when it answers again', async () => {
  server.behaviour = 'silent';
  await invite('patient@example.com');
  await eventually(
    () => outbox('patient@example.com'),
    (row) => expect(row.lastError).toMatch(/ETIMEDOUT/),
  );
  expect((await outbox('patient@example.com')).attempts).toBe(1);
  server.behaviour = 'take';
  await makeDue();
  await expectEventually(() => mailsTo('patient@example.com').length, 1);
});

test('a server that is down gets the mail when it is back', async () => {
  const port = Number(new URL(server.url).port);
  await server.close();
  await invite('later@example.com');
  await eventually(
    () => outbox('later@example.com'),
    (row) => expect(row.lastError).toMatch(/ESOCKET|ECONNREFUSED/),
  );
  server = await startMailServer(port);
  await makeDue();
  await expectEventually(() => mailsTo('later@example.com').length, 1);
});

test('two replicas send one mail', async () => {
  const second = await plane.startReplica();
  await Promise.all(Array.from({ length: 12 }, (_, index) => invite(`many-${index}@example.com`)));
  second.loops.wake('mail.send');
  await expectEventually(() => server.mails.filter(({ to }) => to.startsWith('many-')).length, 12);
  await eventually(
    () => plane.services.pool`select from mail_outbox where sealed is not null`,
    (rows) => expect(rows).toHaveLength(0),
  );
  expect(new Set(server.mails.filter(({ to }) => to.startsWith('many-')).map(({ to }) => to)).size).toBe(12);
});

test('a replaced or revoked invite that still waits is not mailed', async () => {
  server.behaviour = 'later';
  const { invite: made } = await invite('withdrawn@example.com');
  await eventually(
    () => outbox('withdrawn@example.com'),
    (row) => expect(row.attempts).toBe(1),
  );
  await plane.admin.clients.invites.revokeInvite({ inviteId: made!.id });
  expect(await outbox('withdrawn@example.com')).toMatchObject({ sealed: null, lastError: 'withdrawn' });
});

test.each([
  [{ MUSTER_SMTP_URL: 'smtp://localhost' }, 'MUSTER_SMTP_URL needs MUSTER_MAIL_FROM beside it.'],
  [{ MUSTER_MAIL_FROM: 'a@example.com' }, 'MUSTER_MAIL_FROM needs MUSTER_SMTP_URL beside it.'],
  [{ MUSTER_SMTP_URL: 'http://x' }, 'MUSTER_SMTP_URL must be a URL that begins with smtp:// or smtps://.'],
])('settings that do not go together are refused in one sentence: %o', (environment, sentence) => {
  const parse = () => parseConfig({ DATABASE_URL: 'postgres://x', ...environment });
  expect(parse).toThrow(StartupError);
  expect(parse).toThrow(sentence);
});
