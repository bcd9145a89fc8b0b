import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { cgroupNameFor } from '../../host-agent/machine/cgroup-name.ts';
import { eventually } from '../support/eventually.ts';
import { startNode, type RunningProcess } from '../support/process.ts';
import { clockEnvironment, ClockFile } from './clock.ts';
import type { Door } from './door.ts';

/** What an agent is started with. */
interface AgentOptions {
  readonly id: string;
  readonly name: string;
  readonly directory: string;
  readonly door: Door;
  readonly fingerprint: string;
  readonly joinToken: string;
}

/** Half of it is what an agent keeps free for itself; the rest holds the sandboxes. */
const diskMib = 1024;

/** A real agent with a disk of its own, that can be killed, stopped and misled. */
export class Agent {
  readonly id: string;
  readonly name: string;
  readonly door: Door;
  readonly clock: ClockFile;
  readonly #dataDir: string;
  readonly #ballast: string;
  readonly #cgroup: string;
  #process: RunningProcess;
  #log = '';

  constructor({ id, name, directory, door, fingerprint, joinToken }: AgentOptions) {
    this.id = id;
    this.name = name;
    this.door = door;
    this.#dataDir = join(directory, name);
    this.#ballast = join(this.#dataDir, 'ballast');
    this.#cgroup = cgroupNameFor(this.#dataDir);
    mkdirSync(this.#dataDir);
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${diskMib}m,mode=700`, 'muster-faults', this.#dataDir]);
    this.clock = new ClockFile(join(directory, `${name}.clock`));
    const server = ['--server', door.url, '--fingerprint', fingerprint, '--token', joinToken];
    this.#process = this.#run('join', ...server);
  }

  get log(): string {
    return this.#log + this.#process.output();
  }

  get hasEnded(): Promise<boolean> {
    return Promise.race([this.#process.ended.then(() => true), Promise.resolve(false)]);
  }

  /** Ends it without a word. What runs in its sandboxes runs on. */
  async kill(): Promise<void> {
    this.#process.signal('SIGKILL');
    await this.#process.ended;
  }

  /** Starts it again on what it has written. */
  start(): void {
    this.#log += this.#process.output();
    this.#process = this.#run('run');
  }

  signal(signal: NodeJS.Signals): void {
    this.#process.signal(signal);
  }

  /** Nothing more can be written where its credentials and sandboxes are. */
  fillDisk(): void {
    // It ends when there is no room any more.
    spawnSync('dd', ['if=/dev/zero', `of=${this.#ballast}`, 'bs=1M'], { stdio: 'ignore' });
  }

  freeDisk(): void {
    rmSync(this.#ballast, { force: true });
  }

  /** Names of the sandboxes that really run here (`<id>-<attempt>`): what the kernel says, whatever the agent thinks. */
  get running(): readonly string[] {
    return [...new Set(this.#processes().map(({ name }) => name))].toSorted();
  }

  #processes(): { readonly pid: number; readonly name: string }[] {
    return readdirSync('/proc')
      .filter((entry) => /^\d+$/.test(entry))
      .flatMap((pid) => {
        const path = cgroupOf(pid)?.split(`/${this.#cgroup}/`)[1];
        return path ? [{ pid: Number(pid), name: path.split('/')[0]! }] : [];
      });
  }

  /** Names of the sandboxes that it keeps anything of. */
  get kept(): readonly string[] {
    return readdirSync(join(this.#dataDir, 'sandboxes', 'live')).filter((name) => /-\d+$/.test(name));
  }

  /** Names of the sandboxes that have a control group. */
  get groups(): readonly string[] {
    const parents = ['memory', 'unified', '.'].map((hierarchy) => join('/sys/fs/cgroup', hierarchy, this.#cgroup));
    const names = parents.filter((parent) => existsSync(parent)).flatMap((parent) => readdirSync(parent));
    return [...new Set(names.filter((name) => /-\d+$/.test(name)))];
  }

  /** Ends the agent, and what it would leave running. */
  async stop(): Promise<void> {
    this.freeDisk();
    this.signal('SIGCONT');
    await this.#process.stop();
    // Who is frozen does not die before they are thawed, where the machine has the first version of cgroups.
    const thaw = `for state in /sys/fs/cgroup/freezer/${this.#cgroup}/*/freezer.state; do [ ! -e "$state" ] || echo THAWED > "$state"; done`;
    execFileSync('sh', ['-c', thaw]);
    await eventually('nothing runs there any more', () => {
      const left = this.#processes();
      for (const { pid } of left) endProcess(pid);
      return left.length === 0;
    });
    execFileSync('sh', ['-c', `find /sys/fs/cgroup -depth -path '*/${this.#cgroup}*' -type d -exec rmdir {} +`]);
    execFileSync('umount', ['--lazy', this.#dataDir]);
  }

  #run(...args: string[]): RunningProcess {
    return startNode(basename(this.#dataDir), 'host-agent/main.ts', [...args, '--data-dir', this.#dataDir], {
      environment: { MUSTER_AGENT_NETWORK: 'none', ...clockEnvironment(this.clock) },
    });
  }
}

/** In the words of /proc, of any hierarchy that has it; nothing where the process has just ended. */
function cgroupOf(pid: string): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/cgroup`, 'utf8')
      .split('\n')
      .find((line) => line.includes('/muster-'));
  } catch {
    return undefined;
  }
}

function endProcess(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended just now.
  }
}
