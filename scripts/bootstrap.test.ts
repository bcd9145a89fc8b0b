import { spawn, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';

let clone: string;
let npm: string;
beforeEach(() => {
  clone = mkdtempSync(join(tmpdir(), 'muster-bootstrap-'));
  npm = join(clone, 'npm.js');
  mkdirSync(join(clone, 'scripts'));
  for (const name of ['bootstrap.mjs', 'brought-node.mjs', 'dependencies.mjs'])
    cpSync(join(import.meta.dirname, name), join(clone, 'scripts', name));
  writeFileSync(join(clone, 'package.json'), '{}');
  writeFileSync(
    join(clone, 'program.mjs'),
    `console.log(process.argv.slice(2).join(' '), process.execPath.endsWith('node_modules/node/bin/node')); process.exitCode = 7;`,
  );
  wanted('1.0.0');
});
afterEach(() => rmSync(clone, { recursive: true }));

/** What the lock file names: the Node that is brought, a package, and optional ones for this machine and for another. */
function wanted(version: string): void {
  const packages = {
    '': { name: 'muster' },
    'node_modules/node': { version: '24.0.0' },
    'node_modules/thing': { version },
    'node_modules/native-here': { version: '1.0.0', optional: true, os: [process.platform], cpu: [process.arch] },
    'node_modules/native-elsewhere': { version: '1.0.0', optional: true, os: ['aix'], cpu: ['ppc64'] },
  };
  writeFileSync(join(clone, 'package-lock.json'), JSON.stringify({ packages }));
}

/** An npm that notes on which Node it runs, and installs what the lock file names but for what it is told to leave out. */
function npmThat({ leavesOut = 'nothing', onlyOn = 'any', ends = 0 } = {}): void {
  writeFileSync(
    npm,
    `const fs = require('fs');
     const onBrought = process.execPath.includes('muster-node-');
     fs.appendFileSync('npm.log', process.argv.slice(2).join(' ') + (onBrought ? ' on 24' : '') + '\\n');
     if (${ends}) { console.error('npm error: no registry'); process.exit(${ends}); }
     const { packages } = JSON.parse(fs.readFileSync('package-lock.json', 'utf8'));
     for (const path of Object.keys(packages))
       if (path === '' || path.endsWith('elsewhere') || (path.endsWith('${leavesOut}') && !(onBrought && '${onlyOn}' === '24'))) delete packages[path];
     fs.mkdirSync('node_modules/node/bin', { recursive: true });
     fs.rmSync('node_modules/node/bin/node', { force: true });
     fs.copyFileSync(process.execPath, 'node_modules/node/bin/node');
     fs.writeFileSync('node_modules/.package-lock.json', JSON.stringify({ packages }));`,
  );
}

const environment = () => ({ PATH: process.env['PATH'], npm_execpath: npm });
function start(...args: string[]) {
  const command = [join(clone, 'scripts', 'bootstrap.mjs'), ...args];
  const { status, stdout, stderr } = spawnSync(process.execPath, command, { encoding: 'utf8', env: environment() });
  return { status, stdout, stderr };
}
const installs = () => readFileSync(join(clone, 'npm.log'), 'utf8').trim().split('\n');

test('a fresh clone installs once, and again when the lock file changes; the program runs on the Node that was brought', () => {
  npmThat();
  const first = start('program.mjs', 'one', '--two');
  expect(first).toMatchObject({ status: 7, stdout: 'one --two true\n' });
  expect(first.stderr).toMatch(/^Installing the npm dependencies/);
  expect(start('program.mjs', 'again')).toEqual({ status: 7, stdout: 'again true\n', stderr: '' });
  expect(installs()).toEqual(['ci --no-audit --no-fund --loglevel error']);
  wanted('1.1.0');
  expect(start('program.mjs').status).toBe(7);
  expect(installs()).toHaveLength(2);
});

test('native packages that npm leaves out on an old Node are installed on the new one', () => {
  npmThat({ leavesOut: 'native-here', onlyOn: '24' });
  expect(start('program.mjs').status).toBe(7);
  expect(installs().map((line) => line.endsWith(' on 24'))).toEqual([false, true]);
});

test('what cannot be installed is said in one sentence, and nothing is run', () => {
  npmThat({ leavesOut: 'native-here' });
  const left = start('program.mjs');
  expect(left).toMatchObject({ status: 1, stdout: '' });
  expect(left.stderr).toContain('npm ci did not install native-here. Delete node_modules, update npm and try again.\n');
  npmThat({ ends: 1 });
  const failed = start('program.mjs');
  expect(failed).toMatchObject({ status: 1, stdout: '' });
  expect(failed.stderr).toMatch(/npm error: no registry\nnpm ci failed;.*try again\.\n$/);
});

test('a signal reaches the program, and how it ends is how all of it ends', async () => {
  npmThat();
  writeFileSync(
    join(clone, 'program.mjs'),
    `process.on('SIGTERM', () => process.exit(9)); console.log('here'); setInterval(() => {}, 1000);`,
  );
  const command = [join(clone, 'scripts', 'bootstrap.mjs'), 'program.mjs'];
  const running = spawn(process.execPath, command, { env: environment(), stdio: ['ignore', 'pipe', 'ignore'] });
  const ended = new Promise((resolve) => running.once('exit', resolve));
  await new Promise((resolve) => running.stdout.once('data', resolve));
  running.kill('SIGTERM');
  expect(await ended).toBe(9);
  expect(existsSync(join(clone, 'npm.log'))).toBe(true);
});
