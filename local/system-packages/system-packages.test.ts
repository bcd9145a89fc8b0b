import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Board } from '../terminal/board.ts';
import { installWithApt } from './apt.ts';
import { hasProgram, needs } from './catalog.ts';
import { provideSystemPackages } from './provide.ts';

let folder: string;
let programs: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'muster-packages-'));
  chmodSync(folder, 0o755);
  programs = join(folder, 'bin');
  mkdirSync(programs);
  vi.stubEnv('PATH', programs);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

/** A machine that has all programs but these; what stands in sbin counts on every machine. */
function machineWithout(...missing: string[]): void {
  for (const name of ['crun', 'gcc', 'mmdebstrap', 'skopeo', 'umoci', 'mkfs.ext4', 'nft', 'ip', 'git'])
    if (!missing.includes(name)) program(name, '');
}

function program(name: string, script: string): void {
  writeFileSync(join(programs, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
}

/** apt-get that knows its packages once its lists are fetched, and installs programs of the same name. */
function aptGet(install: string): void {
  for (const name of ['touch', 'echo', 'chmod']) symlinkSync(join('/bin', name), join(programs, name));
  program(
    'apt-get',
    `echo "$@" >> ${folder}/asked
if [ "$1" = update ]; then touch ${folder}/lists; exit; fi
[ -e ${folder}/lists ] || { echo 'Unable to locate package' >&2; exit 100; }
${install}`,
  );
}

async function provided(): Promise<string> {
  let shown = '';
  const part = new Board({ write: (text) => void (shown += text) }).begin('System packages', 'looking for them');
  await provideSystemPackages(part, join(folder, 'apt.log'));
  return shown;
}

test('every need says what it is for and names its packages', () => {
  for (const { why, packages } of needs) {
    expect(why).toMatch(/^to /);
    expect(packages.length).toBeGreaterThan(0);
  }
});

test('nothing is installed where all is here', async () => {
  machineWithout();
  expect(await provided()).toContain('all here');
});

test('root has what is missing installed, after it is said, with fresh lists where the old ones do not know it', async () => {
  machineWithout('umoci', 'skopeo');
  aptGet(`for name in skopeo umoci; do echo '#!/bin/sh' > ${programs}/$name; chmod 755 ${programs}/$name; done`);
  const shown = await provided();
  expect(shown).toContain('Missing: umoci, needed to make templates from images of registries.');
  expect(shown).toMatch(/Missing: umoci[^]*Installing them with apt-get[^]*✓ System packages +installed/);
  const install = 'install --yes --no-install-recommends skopeo umoci';
  expect(readFileSync(join(folder, 'asked'), 'utf8')).toBe(`${install}\nupdate\n${install}\n`);
  expect(readFileSync(join(folder, 'apt.log'), 'utf8')).toContain('Unable to locate package');
  expect(hasProgram('umoci')).toBe(true);
});

test('what apt-get cannot install is named, with its log, and everything else goes on', async () => {
  machineWithout('umoci');
  aptGet('exit 100');
  expect(await provided()).toMatch(
    /! System packages +apt-get could not install umoci \(\S+apt\.log\); everything else/,
  );
});

test('a person who is not root gets the exact command, and nothing is run', async () => {
  machineWithout('umoci', 'mmdebstrap');
  aptGet('');
  process.seteuid?.(65_534);
  try {
    expect(await provided()).toContain('run: sudo apt-get install --yes mmdebstrap umoci');
  } finally {
    process.seteuid?.(0);
  }
  expect(() => readFileSync(join(folder, 'asked'))).toThrow('ENOENT');
});

test('a machine without apt-get is told what to install', async () => {
  machineWithout('umoci');
  expect(await provided()).toContain('install umoci and start again');
  await expect(installWithApt(['umoci'])).resolves.toBeUndefined();
});
