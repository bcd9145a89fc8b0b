import { execFile, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmod, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { readBuildInfo } from '../../build-info.ts';
import { packageFolders } from './packages.ts';

/** The agent with all that it needs from npm, as a gzipped tar. The same tree always gives the same bytes. */
export interface AgentBundle {
  readonly bytes: Buffer;
  /** In hex. */
  readonly sha256: string;
}

const root = fileURLToPath(new URL('../../../', import.meta.url));

/** What the agent's own sources import from npm. */
const agentPackages = [
  '@bufbuild/protobuf',
  '@bufbuild/protovalidate',
  '@connectrpc/connect',
  '@connectrpc/connect-node',
  'commander',
  'jose',
  'p-queue',
  'pino',
  'zod',
];
const sources = ['host-agent', 'proto/gen', 'proto/contract'];
const single = ['LICENSE', 'package.json', 'package-lock.json', 'docs/examples/machines/muster-agent.service'];

/** Types and tests are of no use to a program that runs. */
const isLeftOut = (path: string) =>
  /\.(map|d\.[cm]?ts)$|\.test\.ts$|\/testing\//.test(path) ||
  (path.startsWith('node_modules/') && /\.[cm]?ts$/.test(path));

const launcher = `#!/bin/sh
# The agent on the Node that was installed with it.
root=$(dirname "$(dirname "$(readlink -f "$0")")")
exec "$root/node" "$root/host-agent/main.ts" "$@"
`;

/** Packs the agent of this control plane's own tree. */
export async function packAgent(): Promise<AgentBundle> {
  const packages = (await packageFolders(root, agentPackages)).map((folder) => relative(root, folder));
  const found = await Promise.all([...sources, ...packages].map(filesIn));
  const files = [...new Set([...single, ...found.flat()])].filter((path) => !isLeftOut(path)).sort();
  const stage = await mkdtemp(join(tmpdir(), 'muster-agent-bundle-'));
  try {
    const made = await makeFiles(stage);
    const bytes = await promisify(gzip)(await pack(files, stage, made), { level: 9 });
    return { bytes, sha256: createHash('sha256').update(bytes).digest('hex') };
  } finally {
    await rm(stage, { recursive: true });
  }
}

/** Without what npm has put below a package: that is listed by itself where it is needed. */
async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(join(root, folder), { withFileTypes: true });
  const folders = entries.filter((entry) => entry.isDirectory() && entry.name !== 'node_modules');
  const within = await Promise.all(folders.map(({ name }) => filesIn(`${folder}/${name}`)));
  const files = entries.filter((entry) => entry.isFile()).map(({ name }) => `${folder}/${name}`);
  return [...files, ...within.flat()];
}

/** The files of the bundle that stand in no tree. Answers their paths. */
async function makeFiles(stage: string): Promise<string[]> {
  const made = new Map([['bin/muster-agent', launcher]]);
  const { commitSha: sha } = await readBuildInfo();
  if (sha !== '') made.set('host-agent/build-info.json', `${JSON.stringify({ sha, dirty: await isDirty() })}\n`);
  for (const [path, text] of made) {
    await mkdir(join(stage, dirname(path)), { recursive: true });
    await writeFile(join(stage, path), text);
  }
  await chmod(join(stage, 'bin/muster-agent'), 0o755);
  return [...made.keys()];
}

/** Whether what is packed differs from its commit. No where there is no git: then the commit was baked in. */
async function isDirty(): Promise<boolean> {
  const asked = ['-C', root, 'status', '--porcelain', '--', ...sources, ...single];
  const answer = await promisify(execFile)('git', asked, { timeout: 10_000 }).catch(() => undefined);
  return answer !== undefined && answer.stdout !== '';
}

async function pack(files: readonly string[], stage: string, made: readonly string[]): Promise<Buffer> {
  const same = ['--mtime=@0', '--owner=0', '--group=0', '--numeric-owner', '--mode=u=rwX,go=rX'];
  const which = ['--no-recursion', `--directory=${root}`, '--null', '--files-from=-', `--directory=${stage}`, ...made];
  const child = spawn('tar', ['--create', '--format=ustar', ...same, ...which], { stdio: ['pipe', 'pipe', 'pipe'] });
  child.stdin.on('error', () => {}); // it says why by its exit code
  child.stdin.end(files.map((path) => `${path}\0`).join(''));
  const [tar, said, code] = await Promise.all([
    buffer(child.stdout),
    buffer(child.stderr),
    new Promise<number | null>((resolve, reject) => child.once('error', reject).once('close', resolve)),
  ]);
  if (code !== 0) throw new Error(`tar could not pack the agent: ${said.toString()}`);
  return tar;
}
