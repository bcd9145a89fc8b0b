import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generateKeyPairSync } from 'node:crypto';
import { decodeJwt, decodeProtectedHeader, SignJWT } from 'jose';
import { pino } from 'pino';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { publicKeyFrom, signingKeyStatement, verifyStatement } from '#contract/statements.ts';
import { createTestDatabase } from '../../tests/setup/database.ts';
import { parseConfig } from '../config.ts';
import { openPool } from '../database/index.ts';
import { openInstallation } from './open.ts';
import { keepSigningKeys } from './signing-keys.ts';

const database = await createTestDatabase();
const pool = openPool(database.url, pino({ level: 'silent' }), { max: 4 });
const folders: string[] = [];
let nowMs = Date.now();
const clock = { now: () => nowMs };

afterAll(async () => {
  await pool.end();
  await database.drop();
  await Promise.all(folders.map((folder) => rm(folder, { recursive: true })));
});
beforeEach(async () => {
  nowMs = Date.now();
  await pool`truncate installation, signing_keys`;
});

async function newConfig(env: Record<string, string> = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'muster-test-'));
  folders.push(folder);
  return parseConfig({ DATABASE_URL: database.url, MUSTER_DATA_DIR: join(folder, 'data'), ...env });
}

test('the first start makes a master key that only its owner can read, and the next start finds the same installation', async () => {
  const config = await newConfig();
  const first = await openInstallation(pool, config, clock);
  expect((await stat(join(config.dataDir, 'master.key'))).mode & 0o777).toBe(0o600);
  expect(await readdir(config.dataDir)).toEqual(['master.key']);
  const second = await openInstallation(pool, config, clock);
  expect(second.id).toBe(first.id);
  expect(second.fingerprint).toBe(first.fingerprint);
  expect(second.unseal('a', first.seal('a', Buffer.from('plain'))).toString()).toBe('plain');
});

test('replicas that start at once found one installation with one key that signs and one that is next', async () => {
  const config = await newConfig();
  const all = await Promise.all(Array.from({ length: 4 }, () => openInstallation(pool, config, clock)));
  expect(new Set(all.map(({ id }) => id)).size).toBe(1);
  const keys = await pool<
    { signs: boolean }[]
  >`select signs_from <= now() as signs from signing_keys order by signs_from`;
  expect(keys.map(({ signs }) => signs)).toEqual([true, false]);
});

test('a master key of another database is refused, and nothing is overwritten', async () => {
  await openInstallation(pool, await newConfig(), clock);
  const before = await pool`select * from installation`;
  const other = await newConfig({ MUSTER_MASTER_KEY: '0'.repeat(64) });
  await expect(openInstallation(pool, other, clock)).rejects.toThrow(
    /MUSTER_MASTER_KEY does not belong to this database/,
  );
  expect(await pool`select * from installation`).toEqual(before);
});

test('a missing master key is not replaced by a new one', async () => {
  await openInstallation(pool, await newConfig(), clock);
  const config = await newConfig();
  await expect(openInstallation(pool, config, clock)).rejects.toThrow(
    /master key is missing: set MUSTER_MASTER_KEY or restore/,
  );
  await expect(stat(join(config.dataDir, 'master.key'))).rejects.toThrow(/ENOENT/);
});

test('a master key file that others can read, or that holds something else, is refused', async () => {
  const config = await newConfig();
  await openInstallation(pool, config, clock);
  const path = join(config.dataDir, 'master.key');
  const key = await readFile(path);
  await rm(path);
  await writeFile(path, key, { mode: 0o644 });
  await expect(openInstallation(pool, config, clock)).rejects.toThrow(/chmod 600/);
  await rm(path);
  await writeFile(path, 'no key', { mode: 0o600 });
  await expect(openInstallation(pool, config, clock)).rejects.toThrow(/does not hold a master key/);
});

test('what is sealed opens only under its own name and unchanged', async () => {
  const { seal, unseal } = await openInstallation(pool, await newConfig(), clock);
  const sealed = seal('one', Buffer.from('secret'));
  expect(sealed.includes('secret')).toBe(false);
  expect(() => unseal('two', sealed)).toThrow(/authenticate/);
  const changed = Buffer.from(sealed);
  changed[changed.length - 1]! ^= 1;
  expect(() => unseal('one', changed)).toThrow(/authenticate/);
  expect(() => unseal('one', Buffer.from('x'))).toThrow(/not sealed by this version/);
});

test('a token carries what it was made for and passes only its own audience', async () => {
  const { id, tokens } = await openInstallation(pool, await newConfig(), clock);
  const { token, expiresAt } = await tokens.sign({
    audience: 'muster-host',
    subject: 'host:host1',
    lifetimeMs: 60_000,
    claims: { gen: 3 },
  });
  expect(decodeProtectedHeader(token.reveal())).toMatchObject({ alg: 'EdDSA', kid: expect.any(String) });
  expect(decodeJwt(token.reveal())).toMatchObject({
    iss: id,
    aud: 'muster-host',
    sub: 'host:host1',
    gen: 3,
    jti: expect.any(String),
  });
  expect(await tokens.verify(token.reveal(), 'muster-host')).toMatchObject({
    subject: 'host:host1',
    expiresAt,
    claims: { gen: 3 },
  });
  expect(await tokens.verify(token.reveal(), 'muster-user')).toBeUndefined();
});

test('an expired, foreign, unsigned or mangled token is none', async () => {
  const { id, tokens } = await openInstallation(pool, await newConfig(), clock);
  const { token } = await tokens.sign({ audience: 'muster-user', subject: 'user1', lifetimeMs: 60_000, claims: {} });
  const [header, payload, signature] = token.reveal().split('.');
  const none = Buffer.from(JSON.stringify({ alg: 'none' })).toString('base64url');
  const { privateKey } = generateKeyPairSync('ed25519');
  const kid = decodeProtectedHeader(token.reveal()).kid!;
  const foreign = await new SignJWT({})
    .setProtectedHeader({ alg: 'EdDSA', kid })
    .setIssuer(id)
    .setAudience('muster-user')
    .setSubject('user1')
    .setJti('1')
    .setIssuedAt()
    .setExpirationTime('1h')
    .sign(privateKey);
  const symmetric = await new SignJWT({})
    .setProtectedHeader({ alg: 'HS256', kid })
    .setIssuer(id)
    .setAudience('muster-user')
    .setSubject('user1')
    .setJti('1')
    .setIssuedAt()
    .setExpirationTime('1h')
    .sign(Buffer.alloc(32));
  const bad = [
    `${none}.${payload}.`,
    `${none}.${payload}.${signature}`,
    `${header}.${payload}.AAAA`,
    foreign,
    symmetric,
    '',
    'a.b.c',
    token.reveal().slice(1),
  ];
  for (const text of bad) expect(await tokens.verify(text, 'muster-user')).toBeUndefined();
  expect(await tokens.verify(token.reveal(), 'muster-user')).toBeDefined();
  nowMs += 60_000 + 59_000;
  expect(await tokens.verify(token.reveal(), 'muster-user'), 'clocks may differ by a minute').toBeDefined();
  nowMs += 2_000;
  expect(await tokens.verify(token.reveal(), 'muster-user')).toBeUndefined();
});

test('the published keys are certified by the installation, the next one before it signs', async () => {
  const { id, publicKey, tokens } = await openInstallation(pool, await newConfig(), clock);
  const { keys } = await tokens.publicKeys();
  expect(keys).toHaveLength(2);
  for (const { kid, x, muster_certificate: certificate } of keys) {
    const statement = signingKeyStatement({
      installationId: id,
      kid: String(kid),
      publicKey: Buffer.from(String(x), 'base64url'),
    });
    expect(verifyStatement(statement, Buffer.from(String(certificate), 'base64url'), publicKey)).toBe(true);
    expect(publicKeyFrom(Buffer.from(String(x), 'base64url')).type).toBe('public');
  }
  expect(JSON.stringify(keys)).not.toContain('"d"');
});

test('when the next key begins to sign, another is published, and the old one stays as long as its tokens may live', async () => {
  const installation = await openInstallation(pool, await newConfig(), clock);
  const { token } = await installation.tokens.sign({
    audience: 'muster-user',
    subject: 'user1',
    lifetimeMs: 7 * 86_400_000,
    claims: {},
  });
  await pool`update signing_keys set signs_from = signs_from - interval '30 days 1 second'`;
  expect(await keepSigningKeys(pool, installation)).toMatchObject({ made: [expect.any(String)], retired: [] });
  expect(await keepSigningKeys(pool, installation)).toEqual({ made: [], retired: [] });
  nowMs += 61_000;
  const next = await installation.tokens.sign({
    audience: 'muster-user',
    subject: 'user1',
    lifetimeMs: 60_000,
    claims: {},
  });
  expect(decodeProtectedHeader(next.token.reveal()).kid).not.toBe(decodeProtectedHeader(token.reveal()).kid);
  expect(await installation.tokens.verify(token.reveal(), 'muster-user')).toBeDefined();
  await pool`update signing_keys set signs_from = signs_from - interval '9 days'`;
  expect((await keepSigningKeys(pool, installation)).retired).toHaveLength(1);
  nowMs += 61_000;
  expect(await installation.tokens.verify(token.reveal(), 'muster-user')).toBeUndefined();
});
