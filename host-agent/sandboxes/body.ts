import { open, rm } from 'node:fs/promises';
import { constants } from 'node:os';
import { join } from 'node:path';
import { setTimeout as after } from 'node:timers/promises';
import {
  CgroupUsageReader,
  type LeftEnded,
  logName,
  mendVolume,
  RootGrip,
  SandboxCgroup,
  volumeLoops,
  volumeName,
} from '../runtime/index.ts';
import { SandboxNetworks } from '../network/index.ts';
import { Gauge } from './gauge.ts';
import type { Ground } from './ground.ts';
import { attemptName, type SandboxRecord } from './record.ts';
import { SandboxError } from './types.ts';

/** How long the kernel may take to end a sandbox whose init has died. */
const dyingMs = 1000;
/** How long the end of a sandbox waits for the runtime that has begun it. */
const runtimeMs = 10_000;
/** How long it may take to hear how its init has ended. */
const tellingMs = 1000;
const logTail = 4096;
/** How long processes may take to end by themselves before they are killed. */
const endingMs = 5000;
/** How long the kernel may take to let go of a volume once nothing runs on it; what was written goes to the disk first. */
const lettingGoMs = 20_000;

const signalNames = new Map(Object.entries(constants.signals).map(([name, number]) => [number, name]));
/** Whoever sends these from outside wants an end; the others are faults of the program itself. */
const ends = new Set(['SIGKILL', 'SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT']);

function endSentence({ code, signal }: LeftEnded): string {
  if (signal === 0) return `Its init has ended with exit code ${code}.`;
  const name = signalNames.get(signal) ?? `signal ${signal}`;
  return ends.has(name) ? `Its init was killed (${name}).` : `Its init has crashed (${name}).`;
}

/** What a sandbox is on the machine: its processes, its cgroup, its volume. All of it is found by name alone; what is kept here makes it quicker. */
export class Body {
  /** Where its files are: record, bundle, volume, socket and log. */
  readonly home: string;
  readonly #ground: Ground;
  readonly #name: string;
  readonly #cgroupPath: string;
  readonly #firstId: number;
  #grip: RootGrip | undefined;
  /** Of its init, where this agent has started it. */
  #initPid: number | undefined;
  /** Until the runtime that started it has ended, which leaves something to be forgotten. */
  #runtime: Promise<void> | undefined;

  constructor(ground: Ground, attempt: Pick<SandboxRecord, 'sandboxId' | 'attempt' | 'firstId'>) {
    this.#ground = ground;
    this.#name = attemptName(attempt);
    this.#cgroupPath = `/${ground.cgroupParent}/${this.#name}`;
    this.#firstId = attempt.firstId;
    this.home = ground.journal.home(attempt);
  }

  /**
   * Starts its init, with its network, and nothing else. `connect` is asked to connect to it before it runs: once it
   * answers, nobody waits for its runtime to end. Throws `no_runtime`, `template_missing`, `RuntimeFailed`.
   */
  async start(record: SandboxRecord, connect: () => Promise<unknown>): Promise<void> {
    const { limits, firstId, hostname, template, layers } = record;
    const { machine, problem, reserveDisk, rootsOf, digestOf, networks } = this.#ground;
    if (!machine) throw new SandboxError('no_runtime', problem);
    // Records of agents that knew no layers name only the template.
    const below = layers.length > 0 ? layers : [await digestOf(template)];
    const [lowers, blank] = await Promise.all([rootsOf(below), machine.blanks.get(limits.diskMib)]);
    const { home } = this;
    const isolation = { init: machine.init, firstId, cgroupPath: this.#cgroupPath, hostname, limits };
    const resolvConf = networks && SandboxNetworks.resolvConf(firstId);
    const spec = { id: this.#name, home, lowers, blank, reserveDisk, resolvConf, ...isolation };
    const answered = Promise.withResolvers<'answered'>();
    const tell = () => answered.resolve('answered');
    const started = machine.driver.start(spec, () => void connect().then(tell, () => {}));
    const runtime = started
      .catch(() => {})
      .finally(() => {
        if (this.#runtime === runtime) this.#runtime = undefined;
      });
    this.#runtime = runtime;
    if ((await Promise.race([started, answered.promise])) === 'answered') {
      const said = 'the runtime of a sandbox failed after it had begun';
      started.catch((error: unknown) => this.#ground.log?.warn({ err: error, sandbox: this.#name }, said));
    }
    await this.hold();
    // Nothing else runs there yet.
    [this.#initPid] = await this.pids();
    await this.setNetwork(record);
  }

  /** Holds on to its root file system as long as it runs, so that its end is quick. */
  async hold(): Promise<void> {
    const [pid] = await this.pids();
    if (pid !== undefined) this.#grip ??= RootGrip.take(pid);
  }

  /** Lets go of it. Where nothing runs there any more, its volume is free when this resolves. */
  async letGo(): Promise<void> {
    const grip = this.#grip;
    this.#grip = undefined;
    await grip?.release();
  }

  /** Gives it the network that its record names. Idempotent. Throws `wrong_state` where there is none to have. */
  async setNetwork({ network }: Pick<SandboxRecord, 'network'>): Promise<void> {
    const { networks, networkProblem } = this.#ground;
    if (network.mode === 'egress' && !networks) throw new SandboxError('wrong_state', networkProblem);
    const [pid] = network.mode === 'egress' ? await this.pids() : [0];
    if (pid !== undefined) await networks?.set(this.#firstId, network, pid);
  }

  /** Host pids of its processes. */
  pids(): Promise<number[]> {
    return this.#cgroup.pids();
  }

  /** Ends all its processes and frees all that they had, but for what stands in its directory beside the volume. Idempotent. */
  async remove(): Promise<void> {
    await Promise.all([
      this.#cgroup.killAll().then(() => this.#cgroup.remove()),
      this.#forget(),
      this.#ground.networks?.remove(this.#firstId),
      // In use until the last process has gone; the kernel frees it then, and nobody waits for it.
      rm(join(this.home, volumeName), { force: true }),
    ]);
  }

  /** Asks its processes to end, and waits a little. The init stays: it leaves when the others have gone, or are killed. */
  async askToEnd(): Promise<void> {
    if ((await this.#cgroup.pids()).length === 0) return;
    await this.#cgroup.thaw();
    await this.#cgroup.terminate();
    for (let waitedMs = 0; (await this.#cgroup.pids()).length > 1 && waitedMs < endingMs; waitedMs += 10)
      await after(10);
  }

  /** Ends all its processes; its volume stays and is free to be used again. Idempotent. Throws where the kernel holds on to it. */
  async halt(): Promise<void> {
    await this.kill();
    await this.#ground.networks?.remove(this.#firstId);
    await this.#cgroup.remove();
    await this.#forget();
    // Two mounts of one volume would be its end.
    for (let waitedMs = 0; (await volumeLoops(this.home)).length > 0; waitedMs += 10) {
      if (waitedMs >= lettingGoMs) throw new Error('its disk is still in use');
      await after(10);
    }
  }

  /** Archives what it has written as a layer. Nothing of it may run meanwhile. */
  async copy(
    snapshotId: string,
    onRead: () => Promise<void>,
  ): Promise<{ readonly digest: string; readonly sizeBytes: number }> {
    const [device] = await volumeLoops(this.home);
    const volume = device ? { source: device, inUse: true } : { source: join(this.home, volumeName), inUse: false };
    return this.#ground.shelf.make(snapshotId, volume, onRead);
  }

  /** Puts its volume right after the machine went down under it. */
  mend(): Promise<void> {
    return mendVolume(this.home);
  }

  async isAlive(): Promise<boolean> {
    return (await this.#cgroup.pids()).length > 0;
  }

  async kill(): Promise<void> {
    await this.#cgroup.killAll();
    await this.letGo();
  }

  freeze(): Promise<void> {
    return this.#cgroup.freeze();
  }

  thaw(): Promise<void> {
    return this.#cgroup.thaw();
  }

  /** Why it has ended, in one sentence; undefined where it lives. */
  async end(memoryMib: number): Promise<string | undefined> {
    for (let waitedMs = 0; await this.isAlive(); waitedMs += 10) {
      if (waitedMs >= dyingMs) return undefined;
      await after(10);
    }
    return (await this.#cgroup.oomKills()) > 0
      ? `Its init was killed after the sandbox had used up its memory (${memoryMib} MiB).`
      : this.#saidEnd();
  }

  /** Its end is told to the agent that started it, a moment after it. */
  async #saidEnd(): Promise<string> {
    const pid = this.#initPid;
    const { machine } = this.#ground;
    const mostMs = pid === undefined ? 0 : tellingMs;
    for (let waitedMs = 0; waitedMs < mostMs; waitedMs += 10) {
      const end = machine?.driver.takeEndOf(pid!); // nobody waits without one
      if (end) return endSentence(end);
      await after(10);
    }
    return 'Its init was killed or has crashed.';
  }

  /** The last that runtime and init wrote, as a text. */
  async lastLog(): Promise<string> {
    return (await this.log(logTail)).bytes.toString('utf8').trim();
  }

  /** The last bytes of that, and how many there are before them. */
  async log(tailBytes: number): Promise<{ readonly bytes: Buffer; readonly omitted: number }> {
    const log = await open(join(this.home, logName), 'r').catch(() => undefined);
    if (!log) return { bytes: Buffer.alloc(0), omitted: 0 };
    try {
      const omitted = Math.max(0, (await log.stat()).size - tailBytes);
      const { bytesRead, buffer } = await log.read(Buffer.alloc(tailBytes), 0, tailBytes, omitted);
      return { bytes: buffer.subarray(0, bytesRead), omitted };
    } finally {
      await log.close();
    }
  }

  /** Measures it. */
  gauge(): Gauge {
    const usage = new CgroupUsageReader(this.#ground.cgroups, this.#cgroupPath);
    return new Gauge({ usage, firstId: this.#firstId });
  }

  /** What its runtime knows of it, once that has ended; one that hangs is not waited for. */
  async #forget(): Promise<void> {
    if (this.#runtime) await Promise.race([this.#runtime, after(runtimeMs, undefined, { ref: false })]);
    this.#ground.machine?.driver.forget(this.#name);
  }

  get #cgroup(): SandboxCgroup {
    return new SandboxCgroup(this.#ground.cgroups, this.#cgroupPath);
  }
}
