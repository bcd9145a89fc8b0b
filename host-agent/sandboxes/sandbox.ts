import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { InitLink, InitSilent, ProtocolViolation } from '../init/index.ts';
import { logName, SandboxCgroup, volumeName } from '../runtime/index.ts';
import { endOf } from './ending.ts';
import type { Ground, Machine } from './ground.ts';
import { attemptName, type SandboxRecord, toView } from './record.ts';
import { requireAllowed } from './states.ts';
import { type EndedAttempt, SandboxError, type SandboxView } from './types.ts';

const answerMs = 10_000;
const logTail = 4096;
/** So often an init that lives may drop the connection. */
const maxLosses = 20;

/** What a change may set; revision and time follow by themselves. */
type Change = Partial<Pick<SandboxRecord, 'state' | 'reason' | 'pausedByAgent' | 'ending' | 'bootId'>>;

/**
 * One sandbox on this host. What changes it happens one after the other; every change is on disk before it is done.
 * Everything about it can be found again by its name, so a new agent simply makes a new one of these from the record.
 */
export class Sandbox {
  readonly #ground: Ground;
  readonly #home: string;
  #record: SandboxRecord;
  #last: Promise<unknown> = Promise.resolve();
  #link: Promise<InitLink> | undefined;
  #letGo = false;
  #losses = 0;

  constructor(ground: Ground, record: SandboxRecord) {
    this.#ground = ground;
    this.#record = record;
    this.#home = ground.journal.home(record);
  }

  get record(): SandboxRecord {
    return this.#record;
  }

  get view(): SandboxView {
    return toView(this.#record);
  }

  /** Resolves when everything that was asked for until now has been done. */
  settled(): Promise<void> {
    return this.#inTurn(async () => undefined).catch(() => undefined);
  }

  /** Makes and starts it. Where that fails nothing is left but the record; throws `runtime_failed`. */
  make(): Promise<SandboxView> {
    return this.#inTurn(async () => {
      try {
        await this.#ground.journal.begin(this.#record);
        this.#ground.changed(this.view);
        await this.#ground.work.add(() => this.#start());
      } catch (error) {
        await this.#cleanUp();
        throw error instanceof SandboxError
          ? error
          : new SandboxError('runtime_failed', `The sandbox could not be started: ${messageOf(error)}`, {
              cause: error,
            });
      }
      await this.#change({ state: 'running', reason: '' });
      return this.view;
    });
  }

  /** Takes it up again as a predecessor left it; finishes what that one had begun, but for an end. */
  adopt(): Promise<void> {
    return this.#inTurn(async () => {
      const { state } = this.#record;
      if (state === 'failed' || this.#record.ending) return;
      const isAlive = (await this.#cgroup.pids()).length > 0;
      if (this.#record.bootId !== this.#ground.bootId && state !== 'pending')
        return this.#fail('The machine was restarted.');
      if (state === 'pending') return this.#finishMaking();
      if (!isAlive) return this.#fail('It had ended when the agent came back.');
      if (state === 'paused') return this.#cgroup.freeze();
      await this.#cgroup.thaw();
      void this.#connect();
    });
  }

  pause(byAgent: boolean, reason: string): Promise<SandboxView> {
    return this.#inTurn(async () => {
      requireAllowed('pause', this.#record);
      const { state, pausedByAgent } = this.#record;
      // What its user has paused is not the agent's to resume; what the agent has paused, its user may keep paused.
      if (state === 'paused' && (byAgent || !pausedByAgent)) return this.view;
      await this.#intend({ state: 'paused', reason, pausedByAgent: byAgent });
      try {
        await this.#cgroup.freeze();
      } catch (error) {
        await this.#cgroup.thaw();
        await this.#change({ state: 'running', reason: '', pausedByAgent: false });
        throw new SandboxError('runtime_failed', `The sandbox could not be paused: ${messageOf(error)}`, {
          cause: error,
        });
      }
      this.#ground.changed(this.view);
      return this.view;
    });
  }

  resume(onlyIfByAgent = false): Promise<SandboxView> {
    return this.#inTurn(async () => {
      if (onlyIfByAgent && !(this.#record.state === 'paused' && this.#record.pausedByAgent)) return this.view;
      requireAllowed('resume', this.#record);
      if (this.#record.state === 'running') return this.view;
      await this.#intend({ state: 'running', reason: '', pausedByAgent: false });
      await this.#cgroup.thaw();
      void this.#connect();
      this.#ground.changed(this.view);
      return this.view;
    });
  }

  /** Ends it and removes all that was its own. Can be asked for again after any failure. */
  end(): Promise<{ readonly lastLog: string }> {
    return this.#inTurn(async () => {
      if (!this.#record.ending) await this.#intend({ ending: true });
      const lastLog = await this.#ground.work.add(async () => {
        await this.#cleanUp();
        return this.#lastLog();
      });
      await this.#ground.ended.add(this.#key);
      await this.#ground.journal.remove(this.#record);
      return { lastLog };
    });
  }

  /** The connection to its init, for a command. Throws `wrong_state`, `runtime_failed`. */
  async link(): Promise<InitLink> {
    requireAllowed('run', this.#record);
    try {
      return await (this.#link ??= this.#openLink());
    } catch (error) {
      void this.#inTurn(() => this.#examine(error));
      throw new SandboxError('runtime_failed', 'The sandbox does not answer. Try again; if it stays so, destroy it.', {
        cause: error,
      });
    }
  }

  /** Something ran in it. */
  touch(): void {
    this.#record = { ...this.#record, lastActivityAtMs: Date.now() };
  }

  /** Lets go of it; it runs on. */
  async letGo(): Promise<void> {
    this.#letGo = true;
    await this.#inTurn(async () => {
      this.#dropLink();
      // For the time of its last activity.
      await this.#ground.journal.save(this.#record);
    }).catch(() => undefined);
  }

  get #key(): EndedAttempt {
    return { sandboxId: this.#record.sandboxId, attempt: this.#record.attempt };
  }

  get #machine(): Machine {
    const { machine, problem } = this.#ground;
    if (!machine) throw new SandboxError('no_runtime', problem);
    return machine;
  }

  get #cgroup(): SandboxCgroup {
    return new SandboxCgroup(this.#ground.cgroups, this.#cgroupPath);
  }

  get #cgroupPath(): string {
    return `/${this.#ground.cgroupParent}/${attemptName(this.#record)}`;
  }

  async #start(): Promise<void> {
    const { driver, init, blanks } = this.#machine;
    const { limits, firstId, hostname } = this.#record;
    const lower = await this.#ground.rootOf(this.#record.template);
    await driver.start({
      id: attemptName(this.#record),
      home: this.#home,
      lower,
      blank: await blanks.get(limits.diskMib),
      reserveDisk: this.#ground.reserveDisk,
      init,
      firstId,
      cgroupPath: this.#cgroupPath,
      hostname,
      limits,
    });
    this.#link = this.#openLink();
    await this.#link;
  }

  /** A predecessor was interrupted while it made this one: if its init answers it is ready, else it is made anew. */
  async #finishMaking(): Promise<void> {
    try {
      await (this.#link = this.#openLink());
    } catch {
      try {
        await this.#cleanUp();
        await this.#ground.work.add(() => this.#start());
      } catch (error) {
        await this.#cleanUp();
        return this.#fail(`It could not be started: ${messageOf(error)}`);
      }
    }
    await this.#change({ state: 'running', reason: '', bootId: this.#ground.bootId });
  }

  async #cleanUp(): Promise<void> {
    this.#dropLink();
    await this.#cgroup.killAll();
    await Promise.all([
      this.#cgroup.remove(),
      this.#ground.machine?.driver.forget(attemptName(this.#record)),
      rm(join(this.#home, volumeName), { force: true }),
    ]);
  }

  async #fail(reason: string): Promise<void> {
    this.#dropLink();
    await this.#cgroup.killAll();
    await this.#change({ state: 'failed', reason, pausedByAgent: false });
  }

  async #openLink(): Promise<InitLink> {
    try {
      const link = await InitLink.open(this.#home, answerMs);
      void link.ended.then((error) => this.#lost(link, error));
      return link;
    } catch (error) {
      this.#link = undefined;
      throw error;
    }
  }

  /** Connects so that its end is noticed. An init that is merely slow is asked again with the next command. */
  async #connect(): Promise<void> {
    try {
      await (this.#link ??= this.#openLink());
    } catch (error) {
      await this.#examine(error);
    }
  }

  #dropLink(): void {
    const link = this.#link;
    this.#link = undefined;
    void link?.then((open) => open.close()).catch(() => undefined);
  }

  async #lost(link: InitLink, error: Error): Promise<void> {
    const current = await this.#link?.catch(() => undefined);
    if (current !== link) return;
    this.#link = undefined;
    void this.#inTurn(() => this.#examine(error)).catch((reason: unknown) => {
      this.#ground.log?.warn({ err: reason, ...this.#key }, 'a sandbox that does not answer could not be examined');
    });
  }

  /** The init could not be reached: has it ended, has it gone mad, or is it slow? */
  async #examine(error: unknown): Promise<void> {
    const { state, ending } = this.#record;
    if (this.#letGo || ending || (state !== 'running' && state !== 'paused')) return;
    if (error instanceof ProtocolViolation) return this.#fail('Its init did not keep to the protocol and was stopped.');
    if (error instanceof InitSilent) return;
    const end = await endOf(this.#cgroup, this.#record.limits);
    if (end) return this.#fail(end);
    this.#losses += 1;
    if (this.#losses > maxLosses) return this.#fail('Its init dropped the connection again and again and was stopped.');
    if (state === 'running' && !this.#link) this.#link = this.#openLink();
    await this.#link?.catch(() => undefined);
  }

  /** Writes what is about to be done. */
  async #intend(change: Change): Promise<void> {
    const next = { ...this.#record, ...change, revision: this.#record.revision + 1, changedAtMs: Date.now() };
    await this.#ground.journal.save(next);
    this.#record = next;
  }

  /** Writes what has come to be, and tells. */
  async #change(change: Change): Promise<void> {
    await this.#intend(change);
    this.#ground.changed(this.view);
  }

  async #lastLog(): Promise<string> {
    const log = await open(join(this.#home, logName), 'r').catch(() => undefined);
    if (!log) return '';
    try {
      const from = Math.max(0, (await log.stat()).size - logTail);
      const { bytesRead, buffer } = await log.read(Buffer.alloc(logTail), 0, logTail, from);
      return buffer.toString('utf8', 0, bytesRead).trim();
    } finally {
      await log.close();
    }
  }

  #inTurn<T>(task: () => Promise<T>): Promise<T> {
    const done = this.#last.then(task, task);
    this.#last = done.catch(() => undefined);
    return done;
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
