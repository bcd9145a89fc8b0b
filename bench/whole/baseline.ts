import { spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, rmdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseConfig } from '../../host-agent/config.ts';
import { findCgroups, SandboxCgroup } from '../../host-agent/runtime/index.ts';
import { openTemplates } from '../../host-agent/templates/index.ts';
import { root } from '../../local/root.ts';

/** The machine's runtime, driven directly. Times are in milliseconds. */
export interface Baseline {
  readonly runtime: string;
  /** create + start of `true` + delete. */
  life(): Promise<number>;
  /** create + start of something that stays; its end is not counted. */
  birth(): Promise<number>;
  /** `exec` of `true` in a container that runs. */
  exec(): Promise<number>;
  /** `podman run --rm` of `true` on the same root with the same runtime. Throws where there is no podman. */
  podman(): Promise<number>;
  close(): Promise<void>;
}

/** The template's root as the sandbox's user may reach it; crun refuses a v2 hierarchy without controllers beside v1. */
const script = `
set -eu
mount --bind "$1" "$2"
if [ -n "$3" ]; then umount "$3"; fi
shift 3
exec "$@"
`;

/** Opens it. The `base` template must be ready. */
export async function openBaseline(): Promise<Baseline> {
  const templates = openTemplates(parseConfig(process.env).cacheDir);
  const template = await templates.find('base');
  if (!template) throw new Error('The base template is not ready.');
  const cgroups = await findCgroups();
  const lower = mkdtempSync('/run/muster-bench-');
  chmodSync(lower, 0o755);
  const cgroup = `/${basename(lower)}`;
  const program = [process.execPath, join(root, 'bench', 'whole', 'raw-runtime.ts'), lower, cgroup];
  const inOwnMounts = ['--mount', '--propagation', 'private', 'sh', '-c', script, 'sh'];
  const places = [template.root, lower, cgroups.hybridMount ?? ''];
  const child = spawn('unshare', [...inOwnMounts, ...places, ...program], { stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = new Promise((resolve) => child.once('close', resolve));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const answer = async (): Promise<string> => {
    const { value, done } = await lines.next();
    if (done) throw new Error('The runtime could not be driven directly; its own words are above.');
    return value;
  };
  const ask = async (act: string): Promise<number> => {
    child.stdin.write(`${act}\n`);
    return Number(await answer());
  };
  return {
    runtime: await answer(),
    life: () => ask('life'),
    async birth() {
      const ms = await ask('birth');
      await ask('burial');
      return ms;
    },
    exec: () => ask('exec'),
    podman: () => ask('podman'),
    async close() {
      child.stdin.end();
      await ended;
      rmdirSync(lower);
      await new SandboxCgroup(cgroups, cgroup).remove();
    },
  };
}
