// Installs the npm dependencies where they are missing or outdated. Runs on Node 20, before anything is installed.
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('..', import.meta.url));

/** The Node 24 that the dependencies bring. */
export const broughtNode = join(root, 'node_modules', 'node', 'bin', 'node');

/** Installs what is missing. Exits with one sentence where that fails. */
export function ensureDependencies() {
  if (missingPackages().length === 0) return;
  console.error('Installing the npm dependencies (once, and whenever package-lock.json changes) …');
  npmCi(process.execPath, process.env.PATH);
  // npm leaves out optional packages whose engines ask for a newer Node than the one that it runs on, and says nothing.
  if (missingPackages().length > 0) npmCiOnBroughtNode();
  const missing = missingPackages();
  if (missing.length > 0)
    fail(`npm ci did not install ${missing.join(', ')}. Delete node_modules, update npm and try again.`);
}

/** Which packages of package-lock.json this machine should have and has not, or has in another version. */
function missingPackages() {
  const wanted = readJson('package-lock.json').packages;
  const installed = existsSync(broughtNode)
    ? (readJson(join('node_modules', '.package-lock.json'))?.packages ?? {})
    : {};
  return Object.entries(wanted)
    .filter(([path, entry]) => path !== '' && isForThisMachine(entry))
    .filter(([path, entry]) => installed[path]?.version !== entry.version)
    .map(([path]) => path.replace(/^.*node_modules\//, ''));
}

/** Optional packages count where they name this machine; those without a platform belong to others' subtrees. */
function isForThisMachine({ optional, devOptional, os, cpu, libc }) {
  if (!optional && !devOptional) return true;
  if (!os && !cpu) return false;
  return matches(os, process.platform) && matches(cpu, process.arch) && (!libc || matches(libc, machineLibc()));
}

function matches(list, value) {
  return !list || list.includes(value) || list.every((entry) => entry.startsWith('!') && entry !== `!${value}`);
}

let libcOfMachine;
function machineLibc() {
  libcOfMachine ??= process.report.getReport().header.glibcVersionRuntime ? 'glibc' : 'musl';
  return libcOfMachine;
}

function npmCiOnBroughtNode() {
  const folder = mkdtempSync(join(tmpdir(), 'muster-node-'));
  try {
    const node = join(folder, 'node');
    copyFileSync(broughtNode, node);
    npmCi(node, `${folder}${delimiter}${process.env.PATH}`);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function npmCi(node, path) {
  const { status } = spawnSync(node, [npmProgram(), 'ci', '--no-audit', '--no-fund', '--loglevel', 'error'], {
    cwd: root,
    env: { ...process.env, PATH: path },
    stdio: ['ignore', 2, 2],
  });
  if (status !== 0)
    fail('npm ci failed; its own words are above. Check the connection to the npm registry and try again.');
}

/** npm's own script: named by npm itself when it runs us, else found through the PATH. */
function npmProgram() {
  if (process.env.npm_execpath?.endsWith('.js')) return process.env.npm_execpath;
  for (const folder of [dirname(process.execPath), ...(process.env.PATH ?? '').split(delimiter)]) {
    if (existsSync(join(folder, 'npm'))) return realpathSync(join(folder, 'npm'));
  }
  return fail('npm is missing: install it beside Node.');
}

function readJson(path) {
  return existsSync(join(root, path)) ? JSON.parse(readFileSync(join(root, path), 'utf8')) : undefined;
}

function fail(sentence) {
  console.error(sentence);
  process.exit(1);
}
