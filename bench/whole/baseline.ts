import { spawn } from 'node:child_process';
import { mkdirSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseConfig } from '../../host-agent/config.ts';
import { findCgroups, SandboxCgroup } from '../../host-agent/runtime/index.ts';
import { openTemplates } from '../../host-agent/templates/index.ts';
import { root } from '../../local/root.ts';
import { baselineCgroup } from './baseline-cgroup.ts';
import type { RawFigures } from './raw-runtime.ts';

/** The template's root as the sandbox's user may reach it; crun refuses a v2 hierarchy without controllers beside v1. */
const script = `
set -eu
mount --bind "$1" "$2"
if [ -n "$3" ]; then umount "$3"; fi
shift 3
exec "$@"
`;

/** Measures the runtime alone. The `base` template must be ready. */
export async function measureBaseline(lives: number, execs: number): Promise<RawFigures> {
  const templates = await openTemplates(parseConfig(process.env).cacheDir);
  const template = await templates.find('base');
  if (!template) throw new Error('The base template is not ready.');
  const cgroups = await findCgroups();
  const lower = '/run/muster-bench';
  mkdirSync(lower, { recursive: true });
  try {
    const program = [
      process.execPath,
      join(root, 'bench', 'whole', 'raw-runtime.ts'),
      lower,
      String(lives),
      String(execs),
    ];
    const args = [
      '--mount',
      '--propagation',
      'private',
      'sh',
      '-c',
      script,
      'sh',
      template.root,
      lower,
      cgroups.hybridMount ?? '',
      ...program,
    ];
    return JSON.parse(await outputOf('unshare', args)) as RawFigures; // printed by raw-runtime.ts
  } finally {
    rmdirSync(lower);
    await new SandboxCgroup(cgroups, baselineCgroup).remove();
  }
}

function outputOf(program: string, args: readonly string[]): Promise<string> {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => void (output += chunk.toString()));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) =>
      code === 0 ? resolve(output) : reject(new Error(`The baseline could not be measured (${code}).`)),
    );
  });
}
