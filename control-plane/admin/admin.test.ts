import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Code } from '@connectrpc/connect';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startMailServer, type TestMailServer } from '../mail/testing/mail-server.ts';
import { codeOf, eventually, startTestControlPlane, type TestControlPlane } from '../testing/index.ts';

const program = fileURLToPath(new URL('main.ts', import.meta.url));
const masterKey = randomBytes(32).toString('hex');
const run = promisify(execFile);

let server: TestMailServer;
let plane: TestControlPlane;
let mailEnv: Record<string, string>;
beforeAll(async () => {
  server = await startMailServer();
  mailEnv = { MUSTER_SMTP_URL: server.url, MUSTER_MAIL_FROM: 'muster@example.com' };
  plane = await startTestControlPlane({ env: { MUSTER_MASTER_KEY: masterKey, ...mailEnv } });
});
afterAll(async () => {
  await plane?.stop();
  await server?.close();
});

const admin = (args: readonly string[], key = masterKey) =>
  run(process.execPath, [program, ...args], {
    cwd: plane.dataDir,
    env: {
      DATABASE_URL: plane.databaseUrl,
      MUSTER_MASTER_KEY: key,
      MUSTER_PUBLIC_URL: plane.url,
      MUSTER_LOG_LEVEL: 'error',
      ...mailEnv,
    },
  });
const recover = (email: string, key?: string) => admin(['recover', '--email', email], key);

test('the command on the server prints a link that lets a lost admin in, and all admins hear of it by mail', async () => {
  const { stdout } = await recover(plane.other.email);
  const { resetLink } = JSON.parse(stdout) as { resetLink: string };
  const [, token] = /\/reset#(mst_pwr_\w+)$/.exec(resetLink)!;
  await eventually(
    () => Promise.resolve(server.mails.filter(({ text }) => text.includes('somebody with access to the server'))),
    (mails) => expect(mails.map(({ to }) => to).toSorted()).toEqual([plane.admin.email, plane.other.email].toSorted()),
  );
  const textTo = (email: string) => server.mails.find(({ to }) => to === email)!.text;
  expect(textTo(plane.other.email)).toContain('made your account a platform admin');
  expect(textTo(plane.admin.email)).toContain(`the account of ${plane.other.name}`);
  for (const { raw } of server.mails) expect(raw).not.toContain(token);
  await plane.anonymous.auth.resetPassword({ token: token!, newPassword: 'another correct horse' });
  const { caller } = await plane.anonymous.auth.logIn({ email: plane.other.email, password: 'another correct horse' });
  expect(caller!.platformAdmin).toBe(true);
});

test('the command on the server erases a person once their name was given, and says so in the audit', async () => {
  const user = await plane.makeUser('Short Stay');
  const erase = (...more: string[]) =>
    admin(['erase', '--user', user.email, '--reason', 'They asked for it.', ...more]);
  await expect(erase()).rejects.toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/Nothing was done.*--confirm/),
  });
  expect((await user.clients.auth.getCaller({})).caller!.name).toBe('Short Stay');
  const { stdout } = await erase('--confirm', 'Short Stay');
  expect(JSON.parse(stdout)).toMatchObject({ userId: user.id, deletedTeams: 1 });
  expect(await codeOf(user.clients.auth.getCaller({}))).toBe(Code.Unauthenticated);
  const rows = await plane.services.pool<{ actor: string; reason: string }[]>`
    select actor, reason from audit_events join audit_contents on event_id = id where action = 'user.erase' and target = ${user.id}`;
  expect(rows).toEqual([{ actor: 'system', reason: 'They asked for it.' }]);
});

test.each([
  [
    'without the master key of this database',
    () => recover(plane.other.email, '0'.repeat(64)),
    /does not belong to this database/,
  ],
  ['for an address without an account', () => recover('nobody@example.org'), /no such account/],
])('%s it does nothing, and says why', async (_what, call, sentence) => {
  await expect(call()).rejects.toMatchObject({ code: 1, stderr: expect.stringMatching(sentence) });
});
