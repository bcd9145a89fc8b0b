import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestControlPlane, type TestControlPlane } from '../testing/index.ts';

const program = fileURLToPath(new URL('main.ts', import.meta.url));
const masterKey = randomBytes(32).toString('hex');
const run = promisify(execFile);

let plane: TestControlPlane;
beforeAll(async () => {
  plane = await startTestControlPlane({ env: { MUSTER_MASTER_KEY: masterKey } });
});
afterAll(() => plane?.stop());

const recover = (email: string, key = masterKey) =>
  run(process.execPath, [program, 'recover', '--email', email], {
    cwd: plane.dataDir,
    env: {
      DATABASE_URL: plane.databaseUrl,
      MUSTER_MASTER_KEY: key,
      MUSTER_PUBLIC_URL: plane.url,
      MUSTER_LOG_LEVEL: 'error',
    },
  });

test('the command on the server prints a link that lets a lost admin in', async () => {
  const { stdout } = await recover(plane.other.email);
  const { resetLink } = JSON.parse(stdout) as { resetLink: string };
  const [, token] = /\/reset#(mst_pwr_\w+)$/.exec(resetLink)!;
  await plane.anonymous.auth.resetPassword({ token: token!, newPassword: 'another correct horse' });
  const { caller } = await plane.anonymous.auth.logIn({ email: plane.other.email, password: 'another correct horse' });
  expect(caller!.platformAdmin).toBe(true);
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
