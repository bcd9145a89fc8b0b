import { type InitLink, InitSilent, ProtocolViolation } from '../init/index.ts';
import { Body } from './body.ts';
import { Contact } from './contact.ts';
import type { Gauge } from './gauge.ts';
import type { NetworkPolicy } from '../network/index.ts';
import { RunningCommands, SandboxProcesses } from '../processes/index.ts';
import type { Ground } from './ground.ts';
import { putKeys, type SandboxKeys } from './keys.ts';
import { listeningPorts } from './listening.ts';
import { environmentOf, type SandboxRecord, toView } from './record.ts';
import { type Action, requireAllowed } from './states.ts';
import { type Expiry, type ExpiryAction, type ListeningPort, SandboxError, type SandboxView } from './types.ts';
import { countWork, markOf, type SandboxWork } from './work.ts';

/** What a change may set; revision and time follow by themselves. */
type Change = Partial<
  Pick<SandboxRecord, 'state' | 'reason' | 'pausedByAgent' | 'bootId' | 'network' | 'networkRevision' | 'keys'>
>;

/**
 * One sandbox on this host. What changes it happens one after the other; every change is on disk before it is done.
 * Everything about it can be found again by its name, so a new agent simply makes a new one of these from the record.
 */
export class Sandbox {
  readonly #ground: Ground;
  readonly #body: Body;
  readonly #contact: Contact;
  readonly #gauge: Gauge;
  #record: SandboxRecord;
  #last: Promise<unknown> = Promise.resolve();
  #letGo = false;
  #ending = false;
  /** By a clock that never jumps: somebody may set the machine's. */
  #endsAtMs: number;
  /** What its processes had written and read when somebody last asked. */
  #workMark = '';
  /** Those whose callers wait for them. */
  readonly commands = new RunningCommands();
  #processes: { readonly link: InitLink; readonly open: Promise<SandboxProcesses> } | undefined;

  constructor(ground: Ground, record: SandboxRecord) {
    this.#ground = ground;
    this.#record = record;
    this.#endsAtMs = performance.now() + (record.expiresAtMs ?? Infinity) - Date.now();
    this.#body = new Body(ground, record);
    this.#gauge = this.#body.gauge();
    this.#contact = new Contact(this.#body.home, (why) => this.#examineSoon(why));
  }

  get record(): SandboxRecord {
    return this.#record;
  }

  /** Its end was asked for. */
  get ending(): boolean {
    return this.#ending;
  }

  get view(): SandboxView {
    return toView(this.#record);
  }

  /** Resolves when everything that was asked for until now has been done. */
  settled(): Promise<void> {
    return this.#inTurn(async () => undefined);
  }

  /** Makes and starts it. Where that fails nothing is left but the record; throws `runtime_failed`. */
  make(): Promise<SandboxView> {
    return this.#inTurn(async () => {
      try {
        const kept = this.#ground.journal.begin(this.#record);
        this.#ground.changed(this.view);
        // What a boot interrupts did not run for anybody yet.
        await allDone([kept, this.#ground.work.add(() => this.#start())]);
      } catch (error) {
        await this.#remove();
        throw asFailure(error);
      }
      await this.#putKeysOnStart();
      this.#begins();
      return this.view;
    });
  }

  /** Takes it up again as a predecessor left it; finishes what that one had begun, but for an end. */
  adopt(): Promise<void> {
    return this.#inTurn(async () => {
      const { state, bootId } = this.#record;
      if (state === 'failed') return;
      if (state === 'stopped') return this.#body.halt();
      if (bootId !== this.#ground.bootId) return this.#afterReboot();
      if (state === 'pending') return this.#finishMaking();
      if (!(await this.#body.isAlive())) return this.#fail('It had ended when the agent came back.');
      if (state === 'paused') return this.#body.freeze();
      await this.#body.thaw();
      await this.#body.hold();
      void this.#connect();
    });
  }

  /** Sets when it ends. What was said earlier than what is known changes nothing. */
  setExpiry({ expiresInMs, onExpiry }: Expiry, saidAt: number): Promise<void> {
    const saidMs = performance.now();
    return this.#inTurn(async () => {
      if (saidAt < this.#record.expirySaidAt || this.#ending) return;
      const endsInMs = (expiresInMs ?? Infinity) - (performance.now() - saidMs);
      const expiresAtMs = Number.isFinite(endsInMs) ? Math.round(Date.now() + endsInMs) : undefined;
      const next = { ...this.#record, expiresAtMs, onExpiry, expirySaidAt: saidAt };
      await this.#ground.journal.save(next);
      this.#record = { ...next, lastActivityAtMs: this.#record.lastActivityAtMs };
      this.#endsAtMs = performance.now() + endsInMs;
    });
  }

  /** Whether its time is over, as far as this host knows. */
  get isOver(): boolean {
    return this.#record.onExpiry !== undefined && performance.now() >= this.#endsAtMs;
  }

  /** What is to become of it now because its time is over; undefined where nothing is, or has already. */
  get overdue(): ExpiryAction | undefined {
    const { state, onExpiry, pausedByAgent } = this.#record;
    if (this.#ending || onExpiry === undefined || !this.isOver) return undefined;
    const concerned: Record<ExpiryAction, boolean> = {
      destroy: true,
      stop: state === 'running' || state === 'paused',
      pause: state === 'running' || (state === 'paused' && pausedByAgent),
    };
    return concerned[onExpiry] ? onExpiry : undefined;
  }

  pause(byAgent: boolean, reason: string): Promise<SandboxView> {
    return this.#inTurn(async () => {
      this.#require('pause');
      const { state, pausedByAgent } = this.#record;
      // What its user has paused is not the agent's to resume; what the agent has paused, its user may keep paused.
      if (state === 'paused' && (byAgent || !pausedByAgent)) return this.view;
      await this.#intend({ state: 'paused', reason, pausedByAgent: byAgent });
      try {
        await this.#body.freeze();
      } catch (error) {
        await this.#body.thaw();
        await this.#change({ state: 'running', reason: '', pausedByAgent: false });
        const failure = `The sandbox could not be paused: ${messageOf(error)}. Try again.`;
        throw new SandboxError('runtime_failed', failure, { cause: error });
      }
      this.#ground.changed(this.view);
      return this.view;
    });
  }

  resume(onlyIfByAgent = false): Promise<SandboxView> {
    return this.#inTurn(async () => {
      if (onlyIfByAgent && !(this.#record.state === 'paused' && this.#record.pausedByAgent)) return this.view;
      this.#require('resume');
      if (this.#record.state === 'running') return this.view;
      await this.#intend({ state: 'running', reason: '', pausedByAgent: false });
      await this.#body.thaw();
      void this.#connect();
      // They may have changed while it was frozen.
      await this.#putKeysOnStart();
      this.#ground.changed(this.view);
      return this.view;
    });
  }

  /** Ends its processes and keeps its files. */
  stop(reason = ''): Promise<SandboxView> {
    return this.#inTurn(async () => {
      this.#require('stop');
      if (this.#record.state === 'stopped') return this.view;
      await this.#intend({ state: 'stopped', reason, pausedByAgent: false });
      void this.#contact.drop();
      await this.#body.askToEnd();
      await this.#body.halt();
      this.#ground.changed(this.view);
      return this.view;
    });
  }

  /** Copies what it has written, frozen while it is read. Answers what it stands on with the copy on top. */
  snapshot(snapshotId: string): Promise<{ readonly layers: readonly string[]; readonly sizeBytes: number }> {
    return this.#inTurn(async () => {
      this.#require('snapshot');
      const runs = this.#record.state === 'running';
      const goOn = async () => {
        if (runs) await this.#body.thaw();
      };
      try {
        if (runs) await this.#body.freeze();
        const { digest, sizeBytes } = await this.#body.copy(snapshotId, goOn);
        return { layers: [...(await this.#layers()), digest], sizeBytes };
      } catch (error) {
        const failure = `The sandbox could not be copied: ${messageOf(error)}. It goes on as before.`;
        throw new SandboxError('runtime_failed', failure, { cause: error });
      } finally {
        await goOn();
      }
    });
  }

  /** What it stands on. */
  async #layers(): Promise<readonly string[]> {
    const { layers, template } = this.#record;
    return layers.length > 0 ? layers : [await this.#ground.digestOf(template)];
  }

  /** Starts it on its files. Where that fails it stays stopped. */
  startAgain(): Promise<SandboxView> {
    return this.#inTurn(async () => {
      this.#require('start');
      if (this.#record.state === 'running') return this.view;
      try {
        await this.#body.halt(); // of what an earlier try has left
        await this.#body.mend();
        await this.#ground.work.add(() => this.#start());
      } catch (error) {
        const failure = asFailure(error);
        void this.#contact.drop();
        await this.#body.halt();
        await this.#change({ reason: failure.message });
        throw failure;
      }
      await this.#putKeysOnStart();
      this.#begins();
      return this.view;
    });
  }

  /** Ends it and removes all that was its own. Can be asked for again after any failure. */
  end(): Promise<{ readonly lastLog: string }> {
    return this.#inTurn(async () => {
      this.#ending = true;
      void this.#contact.drop();
      await allDone([this.#ground.ended.add(this.#record), this.#ground.work.add(() => this.#body.remove())]);
      const lastLog = await this.#body.lastLog();
      this.#ground.journal.remove(this.#record);
      // Nobody waits for that; it would hold up everything above that changes a disk.
      void this.#body.letGo();
      return { lastLog };
    });
  }

  /** Sets what it may reach; an older revision than the present one changes nothing. Throws `wrong_state`, `runtime_failed`. */
  setNetwork(network: NetworkPolicy, networkRevision: number): Promise<SandboxView> {
    return this.#inTurn(async () => {
      this.#require('set_network');
      if (networkRevision < this.#record.networkRevision) return this.view;
      const { state } = this.#record;
      const isAlive = state === 'running' || state === 'paused';
      try {
        if (isAlive || network.mode === 'none') await this.#body.setNetwork({ network });
      } catch (error) {
        throw asFailure(error, 'The network of the sandbox could not be set');
      }
      await this.#change({ network, networkRevision });
      return this.view;
    });
  }

  /** Gives it keys; an older revision than the present one changes nothing. Throws `wrong_state`, `runtime_failed`. */
  setKeys(keys: SandboxKeys): Promise<SandboxView> {
    return this.#inTurn(async () => {
      this.#require('set_keys');
      if (keys.revision < (this.#record.keys?.revision ?? 0)) return this.view;
      try {
        // A frozen one cannot: it gets them when it goes on.
        if (this.#record.state === 'running') await putKeys(await this.#contact.get(), keys);
      } catch (error) {
        throw asFailure(error, 'The file of its keys could not be put there');
      }
      await this.#change({ keys });
      return this.view;
    });
  }

  /** TCP ports that something listens on. Throws `wrong_state`. */
  async listeningPorts(): Promise<ListeningPort[]> {
    this.#require('connect');
    return listeningPorts(await this.#body.pids());
  }

  /** The connection to its init, for a command or something else that needs it to run. Throws `wrong_state`, `runtime_failed`. */
  async link(action: Action = 'run'): Promise<InitLink> {
    this.#require(action);
    try {
      return await this.#contact.get();
    } catch (error) {
      this.#examineSoon(error);
      const failure = 'The sandbox does not answer. Try again; if it stays so, destroy it.';
      throw new SandboxError('runtime_failed', failure, { cause: error });
    }
  }

  /** Its processes, over the connection to its init. Throws `wrong_state`, `runtime_failed`, `ProcessError`. */
  async processes(): Promise<SandboxProcesses> {
    const link = await this.link();
    if (this.#processes?.link !== link) {
      const { sandboxId, limits } = this.#record;
      const environment = () => environmentOf(this.#record);
      const home = {
        sandboxId,
        // Keys change while it runs.
        get env() {
          return environment();
        },
        memoryMib: limits.memoryMib,
        touch: () => this.touch(),
      };
      this.#processes = { link, open: SandboxProcesses.open(home, link, this.commands) };
    }
    return this.#processes.open;
  }

  /** To be called every second. */
  measure(atMs: number): void {
    const { state } = this.#record;
    if (!this.#ending && (state === 'running' || state === 'paused')) this.#gauge.measure(atMs, state === 'paused');
    else this.#gauge.interrupt();
  }

  /** What it uses. */
  metrics(...what: Parameters<Gauge['read']>): ReturnType<Gauge['read']> {
    return this.#gauge.read(...what);
  }

  /** What goes on in it; undefined where it does not run, or nobody has watched it yet. Throws as `processes`. */
  async work(): Promise<SandboxWork | undefined> {
    const { sandboxId, attempt, state } = this.#record;
    if (state !== 'running' || this.#ending) return undefined;
    const running = await (await this.processes()).list(false);
    const mark = markOf(running);
    if (mark !== this.#workMark) this.#gauge.noteWork();
    this.#workMark = mark;
    const quietForMs = this.#gauge.quietForMs();
    if (quietForMs === undefined) return undefined;
    return { sandboxId, attempt, processes: countWork(running, this.#gauge.pids()), quietForMs };
  }

  /** How many of its processes were killed for want of memory since it was started. */
  oomKills(): number {
    return this.#gauge.oomKills();
  }

  /** The last that its runtime and its init wrote. */
  ownLog(tailBytes: number): ReturnType<Body['log']> {
    return this.#body.log(tailBytes);
  }

  /** Something runs in it. */
  touch(): void {
    this.#record = { ...this.#record, lastActivityAtMs: Date.now() };
  }

  /** Lets go of it; it runs on. */
  async letGo(): Promise<void> {
    this.#letGo = true;
    await this.#inTurn(async () => {
      void this.#contact.drop();
      await this.#body.letGo();
      // For the time of its last activity.
      if (!this.#ending) this.#ground.journal.saveForThisBoot(this.#record);
    });
  }

  async #start(): Promise<void> {
    await this.#body.start(this.#record, () => this.#contact.begin());
    await this.#contact.begun();
  }

  /** A sandbox whose file cannot be put there runs all the same, and says by its revision that it lacks it. */
  async #putKeysOnStart(): Promise<void> {
    const { keys, sandboxId, attempt } = this.#record;
    if (!keys) return;
    try {
      await putKeys(await this.#contact.get(), keys);
    } catch (error) {
      this.#ground.log?.warn({ err: error, sandboxId, attempt }, 'the file of its keys could not be put there');
      this.#record = { ...this.#record, keys: { ...keys, revision: 0 } };
    }
  }

  async #remove(): Promise<void> {
    void this.#contact.drop();
    await this.#body.remove();
    await this.#body.letGo();
  }

  /** A predecessor was interrupted while it made this one: if its init answers it is ready, else it is made anew. */
  async #finishMaking(): Promise<void> {
    try {
      await this.#contact.get();
      await this.#body.setNetwork(this.#record);
    } catch {
      try {
        await this.#remove();
        await this.#ground.work.add(() => this.#start());
      } catch (error) {
        await this.#remove();
        return this.#fail(asFailure(error).message);
      }
    }
    this.#begins();
  }

  /** Its files are there, its processes went with the machine. Whether it is started again, the control plane decides. */
  async #afterReboot(): Promise<void> {
    await this.#body.halt();
    // That it had begun to run may not have been written down; that it is whole may not, either.
    if (this.#record.state === 'pending') return this.#fail('The machine was restarted while it was being made.');
    await this.#change({ state: 'stopped', reason: 'The machine was restarted.', pausedByAgent: false });
  }

  async #fail(reason: string): Promise<void> {
    void this.#contact.drop();
    await this.#body.kill();
    await this.#change({ state: 'failed', reason, pausedByAgent: false });
  }

  /** Connects so that its end is noticed. An init that is merely slow is asked again with the next command. */
  async #connect(): Promise<void> {
    try {
      await this.#contact.get();
    } catch (error) {
      this.#examineSoon(error);
    }
  }

  #examineSoon(error: unknown): void {
    void this.#inTurn(() => this.#tryToExamine(error));
  }

  async #tryToExamine(error: unknown): Promise<void> {
    try {
      await this.#examine(error);
    } catch (reason) {
      const { sandboxId, attempt } = this.#record;
      this.#ground.log?.warn({ err: reason, sandboxId, attempt }, 'A sandbox that does not answer cannot be examined.');
    }
  }

  /** The init could not be reached: has it ended, has it gone mad, or is it slow? */
  async #examine(error: unknown): Promise<void> {
    const { state, limits } = this.#record;
    if (this.#letGo || this.#ending || (state !== 'running' && state !== 'paused')) return;
    if (error instanceof ProtocolViolation) return this.#fail('Its init did not keep to the protocol and was stopped.');
    if (error instanceof InitSilent) return;
    const end = await this.#body.end(limits.memoryMib);
    if (end) return this.#fail(end);
    if (this.#contact.isHopeless) return this.#fail('Its init dropped the connection again and again and was stopped.');
    if (state === 'running') void this.#connect();
  }

  #require(action: Action): void {
    requireAllowed(action, { ...this.#record, ending: this.#ending });
  }

  #next(change: Change): SandboxRecord {
    return { ...this.#record, ...change, revision: this.#record.revision + 1, changedAtMs: Date.now() };
  }

  #begins(): void {
    const next = this.#next({ state: 'running', reason: '', bootId: this.#ground.bootId });
    this.#ground.journal.saveForThisBoot(next);
    this.#record = next;
    this.#ground.changed(this.view);
  }

  /** Writes what is about to be done. */
  async #intend(change: Change): Promise<void> {
    const next = this.#next(change);
    await this.#ground.journal.save(next);
    this.#record = { ...next, lastActivityAtMs: this.#record.lastActivityAtMs };
  }

  /** Writes what has come to be, and tells. */
  async #change(change: Change): Promise<void> {
    await this.#intend(change);
    this.#ground.changed(this.view);
  }

  #inTurn<T>(task: () => Promise<T>): Promise<T> {
    const done = this.#last.then(task, task);
    this.#last = done.catch(() => undefined);
    return done;
  }
}

/** Waits for all, also where one fails, and then throws why. */
async function allDone(works: readonly Promise<unknown>[]): Promise<void> {
  await Promise.allSettled(works);
  await Promise.all(works);
}

function asFailure(error: unknown, what = 'The sandbox could not be started'): SandboxError {
  if (error instanceof SandboxError) return error;
  return new SandboxError('runtime_failed', `${what}: ${messageOf(error)}`, { cause: error });
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
