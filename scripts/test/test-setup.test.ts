import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'muster-test-setup-'));
  chmodSync(folder, 0o755);
  mkdirSync(join(folder, 'bin'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const program = (name: string, script: string) =>
  writeFileSync(join(folder, 'bin', name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });

/** Runs a script that has loaded one of our files, with these programs alone. */
function run(file: string, script: string) {
  const whole = `const ours = await import(${JSON.stringify(new URL(file, import.meta.url).href)}); ${script}`;
  const args = ['--input-type=module', '--eval', whole];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, {
    encoding: 'utf8',
    cwd: folder,
    env: { PATH: join(folder, 'bin') },
  });
  return { status, stdout, stderr };
}

const asNobody = 'process.setgid(65534); process.setuid(65534); ours.becomeRoot(); console.log("went on");';

test('who is not root and may not become it is told so in one sentence', () => {
  program('sudo', 'exit 1');
  expect(run('root.ts', asNobody)).toEqual({
    status: 1,
    stdout: '',
    stderr: 'The tests start real sandboxes, so they need root: run sudo npm test.\n',
  });
});

test('who may become root does, with the same program, and ends as that ends', () => {
  program('sudo', `[ "$2" = true ] && exit 0; echo "$@"; exit 7`);
  const { status, stdout } = run('root.ts', asNobody);
  expect(status).toBe(7);
  expect(stdout).toContain(`--non-interactive --preserve-env env PATH=${folder}/bin ${process.execPath}`);
  expect(stdout).not.toContain('went on');
});

test('root goes on as it is', () => {
  expect(run('root.ts', 'ours.becomeRoot(); console.log("went on");')).toMatchObject({
    status: 0,
    stdout: 'went on\n',
  });
});

/** Needs one program, which the package `gizmo-tools` brings. */
const provide = (more: string) => `
  const { existsSync } = await import('node:fs');
  const need = { why: 'to try gizmos', packages: ['gizmo-tools'], isHere: () => existsSync('gizmo'), ${more} };
  await ours.provideTestPackages([need]);
  console.log('went on');`;

test('what the tests need is installed after it is said', () => {
  program('apt-get', ': > gizmo');
  const { status, stdout } = run('packages.ts', provide(''));
  expect(stdout).toBe('Missing: gizmo-tools, needed to try gizmos.\nInstalling gizmo-tools with apt-get …\nwent on\n');
  expect(status).toBe(0);
});

test('what apt-get cannot install is left to a person, with the exact line', () => {
  program('apt-get', 'echo "E: no such package" >&2; exit 100');
  const { status, stdout, stderr } = run('packages.ts', provide(''));
  expect(status).toBe(1);
  expect(stdout).not.toContain('went on');
  expect(stderr).toContain('E: no such package\n');
  expect(stderr).toMatch(/once more:\n {2}sudo apt-get install --yes gizmo-tools\n$/);
});

test('what no package helps with says what does', () => {
  const { status, stdout, stderr } = run('packages.ts', provide(`packages: [], byHand: 'Buy one.'`));
  expect(status).toBe(1);
  expect(stdout).toBe('Missing: a program, needed to try gizmos. Buy one.\n');
  expect(stderr).toBe('Then run this once more.\n');
});
