import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { hostNameOf, readSettings } from './settings.ts';

const root = mkdtempSync(join(tmpdir(), 'muster-settings-'));
afterAll(() => rmSync(root, { recursive: true }));

test('without any setting, everything stays on this machine and below the clone', () => {
  const settings = readSettings(root, {});
  expect(settings).toMatchObject({
    dataDir: join(root, '.muster'),
    databaseUrl: undefined,
    localUrl: 'http://127.0.0.1:7080',
    publicUrl: 'http://127.0.0.1:7080',
  });
  expect(settings.environment).toMatchObject({ MUSTER_REPOSITORY_ROOTS: tmpdir(), MUSTER_DEFAULT_NETWORK: 'auto' });
});

test('the environment goes before .env, and both reach the programs', () => {
  writeFileSync(join(root, '.env'), 'MUSTER_LISTEN=0.0.0.0:9000\nMUSTER_SIGNUP=open\n');
  expect(readSettings(root, {})).toMatchObject({
    localUrl: 'http://127.0.0.1:9000',
    environment: { MUSTER_SIGNUP: 'open' },
  });
  expect(readSettings(root, { MUSTER_LISTEN: '[::1]:9001' }).localUrl).toBe('http://[::1]:9001');
});

test('a bad value is refused in one sentence that names the variable', () => {
  expect(() => readSettings(root, { MUSTER_LISTEN: '7080' })).toThrow(
    'MUSTER_LISTEN must be an address and a port such as 127.0.0.1:7080.',
  );
  expect(() => readSettings(root, { MUSTER_PUBLIC_URL: 'example.com' })).toThrow('MUSTER_PUBLIC_URL must be');
});

test('any machine name becomes one that a host can have', () => {
  expect(['Builder_1.example.com', '-x-', '日本', 'a'.repeat(80)].map(hostNameOf)).toEqual([
    'builder-1',
    'x',
    'local',
    'a'.repeat(63),
  ]);
});

test('.env.example names every setting that something reads, and none that nothing does', () => {
  const clone = join(import.meta.dirname, '..');
  const text = (path: string) => readFileSync(join(clone, path), 'utf8');
  const rows = [
    'control-plane/config.ts',
    'control-plane/sign-in-config.ts',
    'host-agent/config.ts',
    'local/settings.ts',
  ]
    .flatMap((path) => [...text(path).matchAll(/^ {2}((?:MUSTER|DATABASE)_[A-Z_]+): /gm)])
    .map(([, name]) => name!);
  const ofTheCommandLine = globSync('cli/**/*.ts', { cwd: clone })
    .filter((path) => !path.endsWith('.test.ts') && !path.includes('testing'))
    .flatMap((path) => [...text(path).matchAll(/environment\??\.(MUSTER_[A-Z_]+)/g)])
    .map(([, name]) => name!);
  const named = [...text('.env.example').matchAll(/^# ((?:MUSTER|DATABASE)_[A-Z_]+)=/gm)].map(([, name]) => name!);
  expect(rows.length).toBeGreaterThan(60);
  expect(named.toSorted()).toEqual([...new Set([...rows, ...ofTheCommandLine])].toSorted());
});
