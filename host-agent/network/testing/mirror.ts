import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const control = [
  'Package: greeting',
  'Version: 1.0',
  'Architecture: all',
  'Maintainer: Nobody <nobody@packages.example>',
  'Description: says hello',
];

/** Writes what a mirror of Debian packages serves: one package, whose program `greeting` says hello, and its index. */
export function writeMirror(directory: string): void {
  const root = join(directory, 'root');
  mkdirSync(join(root, 'DEBIAN'), { recursive: true });
  mkdirSync(join(root, 'usr/bin'), { recursive: true });
  writeFileSync(join(root, 'DEBIAN/control'), `${control.join('\n')}\n`);
  writeFileSync(join(root, 'usr/bin/greeting'), '#!/bin/sh\necho hello from a package\n', { mode: 0o755 });
  const file = join(directory, 'greeting.deb');
  execFileSync('dpkg-deb', ['--root-owner-group', '--build', root, file]);
  const bytes = readFileSync(file);
  const digest = createHash('sha256').update(bytes).digest('hex');
  const entry = [...control, 'Filename: ./greeting.deb', `Size: ${bytes.length}`, `SHA256: ${digest}`];
  writeFileSync(join(directory, 'Packages'), `${entry.join('\n')}\n`);
}
