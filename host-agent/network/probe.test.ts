import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';

/** What an agent says that finds this search path, or is this user. */
function problemOf(surroundings: { PATH?: string; uid?: number }): string {
  const script = `
    import { SandboxNetworks } from ${JSON.stringify(new URL('./index.ts', import.meta.url).href)};
    console.log((await SandboxNetworks.open({ name: 'probed', dataDir: '/nowhere' })).problem);`;
  const { uid, PATH = process.env['PATH'] } = surroundings;
  const user = uid === undefined ? {} : { uid, gid: uid, cwd: '/' };
  const args = ['--input-type=module', '-e', script];
  return execFileSync(process.execPath, args, { ...user, env: { PATH }, encoding: 'utf8' }).trim();
}

test('a machine without nftables says so, and what to install', () => {
  const directory = mkdtempSync(join(tmpdir(), 'muster-no-nft-'));
  try {
    for (const program of ['/bin', '/usr/bin', '/sbin', '/usr/sbin'].flatMap(programsIn))
      if (!program.endsWith('/nft')) linkInto(directory, program);
    const problem = problemOf({ PATH: directory });
    expect(problem).toMatch(/^Sandboxes cannot have a network on this machine: nft: .*nft/);
    expect(problem).toContain('apt-get install nftables iproute2');
  } finally {
    rmSync(directory, { recursive: true });
  }
});

test('an agent that is not root says that it needs to be', () => {
  expect(problemOf({ uid: 65_534 })).toMatch(/this user may not make network namespaces\. It needs root/);
});

const needed = new Set(['unshare', 'nsenter', 'sh', 'cat', 'ip', 'sysctl', 'nft']);
const programsIn = (directory: string): string[] =>
  readdirSync(directory)
    .filter((name) => needed.has(name))
    .map((name) => join(directory, name));

/** The same program may be found in two places. */
function linkInto(directory: string, program: string): void {
  rmSync(join(directory, program.slice(program.lastIndexOf('/'))), { force: true });
  symlinkSync(program, join(directory, program.slice(program.lastIndexOf('/'))));
}
