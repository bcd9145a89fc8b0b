import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const fields = ['REPO_URI', 'RELEASE', 'COMPONENT', 'ORIGIN'];

/**
 * The machine's own repositories of its distribution, as lines of a sources list; apt says what they are, in whatever
 * files they stand. Empty where it has none (or no apt). Repositories of others (`ORIGIN`) do not belong into a base.
 */
export async function aptSources(codename: string): Promise<string> {
  const format = fields.map((field) => `$(${field})`).join('|');
  let listed: string;
  try {
    ({ stdout: listed } = await promisify(execFile)('apt-get', [
      'indextargets',
      '--format',
      format,
      'Created-By: Packages',
    ]));
  } catch {
    return '';
  }
  return sourcesFrom(listed, codename);
}

/** Turns apt's list into sources. Exported for its test. */
export function sourcesFrom(listed: string, codename: string): string {
  const lines = new Set<string>();
  for (const line of listed.split('\n')) {
    const [uri, release, component, origin] = line.split('|');
    const ours = origin === 'Debian' || origin === 'Ubuntu';
    if (ours && uri && component && release?.split('-')[0] === codename)
      lines.add(`deb ${uri} ${release} ${component}`);
  }
  return [...lines]
    .sort()
    .map((line) => `${line}\n`)
    .join('');
}
