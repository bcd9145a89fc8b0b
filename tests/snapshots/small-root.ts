import { execFileSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openTemplates } from '../../host-agent/templates/index.ts';

const copy = `
set -eu
mkdir -p "$1/root" "$1/tmp" "$1/etc"
cp -a --parents bin lib etc/passwd etc/group usr/bin/sh usr/bin/dash usr/bin/cat usr/lib/*-linux-gnu/libc.so.6 \\
  usr/lib/*-linux-gnu/ld-linux* "$1"
if [ -e lib64 ]; then cp -a --parents lib64 usr/lib64 "$1"; fi
if [ -e lib/ld-linux-aarch64.so.1 ]; then cp -a --parents usr/lib/ld-linux-aarch64.so.1 "$1"; fi
`;

/** A root file system of a few programs, from the base template, that says who it is. Remove it in the end. */
export async function makeSmallRoot(greeting: string): Promise<string> {
  const base = await openTemplates(process.env['MUSTER_CACHE_DIR'] ?? '/var/cache/muster').find('base');
  if (!base) throw new Error('The base template is not ready.');
  const root = mkdtempSync(join(tmpdir(), 'muster-small-root-'));
  execFileSync('sh', ['-c', copy, 'copy', root], { cwd: base.root });
  writeFileSync(join(root, 'greeting'), greeting);
  return root;
}
