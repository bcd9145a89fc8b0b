import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

/**
 * The version of this control plane, and the commit of the clone that it runs from; where there is none, the commit that
 * `muster build-info` has written beside package.json; else empty.
 */
export async function readBuildInfo(): Promise<{ version: string; commitSha: string }> {
  const text = await readFile(new URL('../package.json', import.meta.url), 'utf8');
  const { version } = JSON.parse(text) as { version: string }; // our own file
  return { version, commitSha: (await headOf(root)) || (await bakedCommit()) };
}

async function headOf(directory: string): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)('git', ['-C', directory, 'rev-parse', 'HEAD'], { timeout: 5_000 });
    return stdout.trim();
  } catch {
    return '';
  }
}

async function bakedCommit(): Promise<string> {
  const text = await readFile(new URL('../build-info.json', import.meta.url), 'utf8').catch(() => '{}');
  const { sha } = JSON.parse(text) as { sha?: unknown }; // our own file
  return typeof sha === 'string' ? sha : '';
}
