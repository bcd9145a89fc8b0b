import { rmSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { AttachWarmth } from './attach-warmth.ts';
import { writeBundle } from './bundle.ts';
import type { Cgroups } from './cgroups.ts';
import { madeFilter } from './filter.ts';
import { Launcher, type LeftEnded } from './launcher.ts';
import { removeSmall } from './remove-small.ts';

/** An OCI runtime on this machine. */
export interface Runtime {
  readonly kind: 'crun' | 'runc';
  /** Where its program is; a name in PATH where that is not known. */
  readonly command: string;
  readonly version: string;
}

/** What `start` needs besides the runtime. */
export interface StartSpec {
  /** The runtime's name for it, of letters, digits and `-`. */
  readonly id: string;
  /** The sandbox's directory: gets bundle, volume, socket and log. */
  readonly home: string;
  /** The roots that it stands on, the template's first. */
  readonly lowers: readonly string[];
  /** The formatted empty volume that its own is copied from. */
  readonly blank: string;
  /** Whether the disk space is taken at once. */
  readonly reserveDisk: boolean;
  readonly init: string;
  /** What is at `/etc/resolv.conf`; the template's own where undefined. */
  readonly resolvConf?: string | undefined;
  readonly firstId: number;
  readonly cgroupPath: string;
  readonly hostname: string;
  readonly limits: { readonly cpu: number; readonly memoryMib: number; readonly pids: number };
}

/** The runtime, or the stage before it, failed; the message is what it said. */
export class RuntimeFailed extends Error {
  override readonly name = 'RuntimeFailed';
}

/** The name of the log in a sandbox's directory: what runtime and init write. */
export const logName = 'init.log';

/** The name of the volume in a sandbox's directory. */
export const volumeName = 'volume';

const logTail = 4096;

/** Starts and forgets sandboxes with one OCI runtime. It keeps nothing of them in memory. */
export class RuntimeDriver {
  readonly runtime: Runtime;
  readonly #launcher: Launcher;
  readonly #stageDir: string;
  readonly #stateDir: string;
  readonly #cgroups: Cgroups;
  readonly #maxOpenFiles: number;
  readonly #warmth = new AttachWarmth();
  #filter: string | undefined;

  /** `stage` is the compiled program, `stageDir` from `prepareStageDir`; `stateDir` is the runtime's own. */
  constructor(options: {
    runtime: Runtime;
    stage: string;
    stageDir: string;
    stateDir: string;
    cgroups: Cgroups;
    maxOpenFiles: number;
  }) {
    this.runtime = options.runtime;
    this.#launcher = new Launcher(options.stage);
    this.#stageDir = options.stageDir;
    this.#stateDir = options.stateDir;
    this.#cgroups = options.cgroups;
    this.#maxOpenFiles = options.maxOpenFiles;
  }

  /**
   * Makes its root file system and starts its init; resolves when its runtime has ended, a moment after that. From
   * `onListening` on one can connect to it: it answers as soon as it runs. Throws `RuntimeFailed`.
   */
  async start(spec: StartSpec, onListening: () => void = () => {}): Promise<void> {
    const resolvConfPath = spec.resolvConf === undefined ? undefined : join(this.#stageDir, `resolv.${spec.id}.conf`);
    if (resolvConfPath !== undefined) writeFileSync(resolvConfPath, spec.resolvConf!, { mode: 0o644 });
    writeBundle(spec.home, {
      ...spec,
      resolvConfPath,
      rootPath: join(this.#stageDir, 'root'),
      initPath: join(this.#stageDir, 'init'),
      canLimitSwap: this.#cgroups.canLimitSwap,
      maxOpenFiles: this.#maxOpenFiles,
      filter: this.#filter,
    });
    const args = [
      ...this.#hide(),
      ...(this.runtime.kind === 'crun' ? ['--sealed'] : []),
      ...(spec.reserveDisk ? ['--reserve'] : []),
      ...named({ stage: this.#stageDir, home: spec.home, blank: spec.blank, init: spec.init }),
      ...spec.lowers.flatMap((lower) => ['--lower', lower]),
      ...named({ 'first-id': spec.firstId }),
      '--',
      ...this.#command('run', '--detach', '--preserve-fds=1', '--bundle', spec.home, spec.id),
    ];
    try {
      await this.#warmth.during(() => this.#run(join(spec.home, logName), args, onListening));
      this.#filter ??= madeFilter(this.#stateDir, spec.id);
    } finally {
      // Mounted by now, and kept by that.
      if (resolvConfPath !== undefined) rmSync(resolvConfPath, { force: true });
    }
  }

  /**
   * Makes the runtime forget a sandbox whose processes and cgroup are gone. crun and runc keep all that is left then in
   * one directory; running them to remove it would cost a third of a sandbox's whole end. Idempotent.
   */
  forget(id: string): void {
    removeSmall(join(this.#stateDir, id));
  }

  /** How the init of this pid has ended, once it has. Undefined for those that another agent has started. */
  takeEndOf(pid: number): LeftEnded | undefined {
    return this.#launcher.takeEndOf(pid);
  }

  /** Lets go of what it works with. Sandboxes run on. */
  close(): void {
    this.#launcher.close();
  }

  /** crun refuses a v2 hierarchy without controllers beside v1. */
  #hide(): string[] {
    return this.runtime.kind === 'crun' && this.#cgroups.hybridMount ? ['--hide', this.#cgroups.hybridMount] : [];
  }

  #command(...args: string[]): string[] {
    const manager = this.runtime.kind === 'crun' ? ['--cgroup-manager=cgroupfs'] : [];
    return [this.runtime.command, '--root', this.#stateDir, ...manager, ...args];
  }

  async #run(logPath: string, args: readonly string[], onListening: () => void): Promise<void> {
    const { code, signal, logStart } = await this.#launcher.run(logPath, args, onListening);
    if (code === 0 && signal === 0) return;
    const how = signal > 0 ? `signal ${signal}` : `code ${code}`;
    throw new RuntimeFailed((await textFrom(logPath, logStart)) || `${this.runtime.kind} ended with ${how}`);
  }
}

const named = (options: Readonly<Record<string, string | number>>): string[] =>
  Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)]);

async function textFrom(logPath: string, from: number): Promise<string> {
  const log = await open(logPath, 'r');
  try {
    const { bytesRead, buffer } = await log.read(Buffer.alloc(logTail), 0, logTail, from);
    return buffer.toString('utf8', 0, bytesRead).trim();
  } finally {
    await log.close();
  }
}
