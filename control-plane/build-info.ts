import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const ownRoot = fileURLToPath(new URL('..', import.meta.url));
const run = promisify(execFile);

/**
 * The version of this control plane, and the commit of the clone that it runs from; where there is none, the commit that
 * `muster build-info` has written beside package.json; else empty.
 */
export async function readBuildInfo(root = ownRoot): Promise<{ version: string; commitSha: string }> {
  const text = await readFile(join(root, 'package.json'), 'utf8');
  const { version } = JSON.parse(text) as { version: string }; // our own file
  return { version, commitSha: (await headOf(root)) || (await bakedCommit(root)) };
}

async function headOf(root: string): Promise<string> {
  try {
    // Below somebody else's node_modules it stands in their repository, whose commit says nothing of it.
    await run('git', ['-C', root, 'ls-files', '--error-unmatch', '--', 'package.json'], { timeout: 5_000 });
    const { stdout } = await run('git', ['-C', root, 'rev-parse', 'HEAD'], { timeout: 5_000 });
    return stdout.trim();
  } catch {
    return '';
  }
}

async function bakedCommit(root: string): Promise<string> {
  const text = await readFile(join(root, 'build-info.json'), 'utf8').catch(() => '{}');
  const { sha } = JSON.parse(text) as { sha?: unknown }; // our own file
  return typeof sha === 'string' ? sha : '';
}
