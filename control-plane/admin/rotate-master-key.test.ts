import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Secret } from '#contract/secret.ts';
import { createTestDatabase, type TestDatabase } from '../../tests/setup/database.ts';
import { parseConfig } from '../config.ts';
import { openPool } from '../database/index.ts';
import { openLog } from '../log.ts';
import { queueMail } from '../mail/index.ts';
import { startReplica, type Replica } from '../replica.ts';
import { openAdminContext } from './open.ts';
import { rotateKeyOfAll } from './rotate-master-key.ts';
import { keepSecret, readSecret, readSecretStates } from '../settings/index.ts';

let database: TestDatabase;
let folder: string;
const replicas: Replica[] = [];
beforeAll(async () => {
  database = await createTestDatabase();
  folder = await mkdtemp(join(tmpdir(), 'muster-test-'));
});
afterAll(async () => {
  await Promise.all(replicas.map((replica) => replica.stop(1_000)));
  await database?.drop();
  if (folder) await rm(folder, { recursive: true });
});

const environment = (more: Readonly<Record<string, string>> = {}) => ({
  DATABASE_URL: database.url,
  MUSTER_DATA_DIR: join(folder, 'data'),
  MUSTER_LISTEN: '127.0.0.1:0',
  MUSTER_LOG_LEVEL: 'error',
  ...more,
});
async function start(more: Readonly<Record<string, string>> = {}): Promise<Replica> {
  const config = parseConfig(environment(more));
  const replica = await startReplica({ config, log: openLog(config, { write: () => {} }) });
  replicas.push(replica);
  return replica;
}
/** As the command does it. */
async function rotate(more: Readonly<Record<string, string>> = {}): Promise<object> {
  const config = parseConfig(environment(more));
  const { context, close } = await openAdminContext(config, openLog(config, { write: () => {} }));
  try {
    return await rotateKeyOfAll(context);
  } finally {
    await close();
  }
}
const keyFile = (name = 'master.key') => join(folder, 'data', name);
const keptValue = async ({ context }: Replica) => (await readSecret(context, 'test.kept'))?.value.reveal();

test('with a new master key everything that was sealed opens, and nothing with the old one', async () => {
  const before = await start();
  const { context } = before;
  await context.transaction(async (sql) => {
    await keepSecret(sql, context, 'test.kept', new Secret('worth keeping'));
    const mail = { subject: 'x', text: 'x', html: 'x' };
    await queueMail(sql, context, { purpose: 'notice', reference: 'x', to: 'ada@example.org', mail, lifeMs: 60_000 });
  });
  const [kept] = await readSecretStates(context.sql, ['test.kept']);
  await expect(rotate()).rejects.toThrow(/^A control plane runs on this database/);
  await before.stop(1_000);

  const oldKey = await readFile(keyFile(), 'utf8');
  const answer = await rotate();
  expect(answer).toMatchObject({ resealed: { mail: 1, secrets: 1, 'signing keys': 2 } });
  expect(await readFile(keyFile(), 'utf8')).not.toBe(oldKey);
  expect(await readFile(keyFile('master.key.previous'), 'utf8')).toBe(oldKey);
  expect((await stat(keyFile())).mode & 0o777).toBe(0o600);
  expect((await readdir(join(folder, 'data'))).filter((name) => name.startsWith('master')).sort()).toEqual([
    'master.key',
    'master.key.previous',
  ]);
  expect(JSON.stringify(answer)).not.toContain(oldKey.trim());

  const after = await start();
  expect(after.services.installation.fingerprint).toBe(context.installation.fingerprint);
  expect(await keptValue(after)).toBe('worth keeping');
  const [state] = await readSecretStates(after.context.sql, ['test.kept']);
  expect(state!.fingerprint).not.toBe(kept!.fingerprint);
  const [mail] = await after.context.sql<{ id: string; sealed: Buffer }[]>`select id, sealed from mail_outbox`;
  expect(after.services.installation.unseal(`mail:${mail!.id}`, mail!.sealed).toString()).toContain('"subject":"x"');
  const audited = await after.context.sql`select from audit_events where action = 'master_key.rotate'`;
  expect(audited).toHaveLength(1);
  await after.stop(1_000);
  await expect(start({ MUSTER_MASTER_KEY: oldKey.trim() })).rejects.toThrow(/does not belong to this database/);
});

test('a rotation that was stopped between database and file comes to its end at the next start', async () => {
  await rename(keyFile('master.key'), keyFile('master.key.next'));
  await rename(keyFile('master.key.previous'), keyFile('master.key'));
  const replica = await start();
  expect(await keptValue(replica)).toBe('worth keeping');
  expect((await readdir(join(folder, 'data'))).filter((name) => name.startsWith('master')).sort()).toEqual([
    'master.key',
    'master.key.previous',
  ]);
  await replica.stop(1_000);
});

test('a key of the environment is changed for another one of the environment, and never without one', async () => {
  const present = (await readFile(keyFile(), 'utf8')).trim();
  const [MUSTER_MASTER_KEY, MUSTER_NEW_MASTER_KEY] = [present, randomBytes(32).toString('hex')];
  await expect(rotate({ MUSTER_MASTER_KEY })).rejects.toThrow(/MUSTER_NEW_MASTER_KEY is not set/);
  expect(await rotate({ MUSTER_MASTER_KEY, MUSTER_NEW_MASTER_KEY })).toMatchObject({
    next: expect.stringMatching(/Set MUSTER_MASTER_KEY/),
  });
  const replica = await start({ MUSTER_MASTER_KEY: MUSTER_NEW_MASTER_KEY });
  expect(await keptValue(replica)).toBe('worth keeping');
  await replica.stop(1_000);
});

test('every column of bytes is sealed anew, or by its name no secret of ours', async () => {
  const config = parseConfig(environment());
  const pool = openPool(database.url, openLog(config, { write: () => {} }), { max: 1 });
  const columns = await pool<{ name: string }[]>`
    select table_name || '.' || column_name as name from information_schema.columns
    where table_schema = 'public' and data_type = 'bytea' order by 1`;
  await pool.end();
  const open = /_(hash|digest|key|nonce|check)$|\.(certificate|signature|seal)$/;
  const sealed = columns.map(({ name }) => name).filter((name) => !open.test(name) || name.includes('sealed'));
  expect(sealed).toEqual([
    'alert_channels.sealed',
    'installation.sealed_private_key',
    'mail_outbox.sealed',
    'repositories.credential',
    'repositories.webhook_secret',
    'secrets.sealed',
    'signing_keys.sealed_private_key',
  ]);
});
