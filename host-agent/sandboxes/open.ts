import { readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import PQueue from 'p-queue';
import { SandboxFiles } from '../files/index.ts';
import { eachSecond } from '../metrics/index.ts';
import type { SandboxProcesses } from '../processes/index.ts';
import type { PortConnection } from '../init/index.ts';
import { type NetworkPolicy, SandboxNetworks } from '../network/index.ts';
import { checkProgram, LayerShelf } from '../layers/index.ts';
import { compileProgram, findCgroups, freeIds, SandboxCgroup } from '../runtime/index.ts';
import { openTemplates } from '../templates/index.ts';
import { EndedAttempts } from './ended.ts';
import type { Ground } from './ground.ts';
import { hostLayers, layersOn } from './host-layers.ts';
import { inventoryOf } from './inventory.ts';
import { Journal } from './journal.ts';
import { prepareMachine } from './machine.ts';
import { readLogs } from './logs.ts';
import { connectIn } from './ports.ts';
import { newRecord, type SandboxRecord } from './record.ts';
import { runIn } from './run.ts';
import { Sandbox } from './sandbox.ts';
import { TemplateShelf } from './template-shelf.ts';
import type { SandboxWork } from './work.ts';
import {
  type EndedAttempt,
  type Expiry,
  type HostLayers,
  type ListeningPort,
  SandboxError,
  type SandboxOptions,
  type Sandboxes,
  type SandboxSpec,
  type SandboxView,
} from './types.ts';

/**
 * Opens the sandboxes of a data directory: looks for a runtime, takes up again what runs, finishes what was begun. It
 * never fails for want of a runtime; `capabilities` says what is missing.
 */
export async function openSandboxes(options: SandboxOptions): Promise<Sandboxes> {
  const directory = join(options.dataDir, 'sandboxes');
  const journal = await Journal.open(join(directory, 'live'));
  const cgroups = await findCgroups();
  const [shelf, ended, templates, prepared, networks, bootId] = await Promise.all([
    LayerShelf.open(join(options.dataDir, 'layers'), () => compileProgram(checkProgram, options.cacheDir)),
    EndedAttempts.open(join(directory, 'ended.jsonl')),
    TemplateShelf.open(openTemplates(options.cacheDir)),
    prepareMachine(options, cgroups, directory),
    openNetworks(options),
    options.bootId ?? readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => ''),
  ]);
  const listeners = new Set<(view: SandboxView | EndedAttempt) => void>();
  const ground: Ground = {
    machine: 'machine' in prepared ? prepared.machine : undefined,
    problem: 'problem' in prepared ? prepared.problem : '',
    networks: 'problem' in networks ? undefined : networks,
    networkProblem: 'problem' in networks ? networks.problem : '',
    cgroups,
    cgroupParent: options.cgroupParent,
    ids: options.ids,
    reserveDisk: options.reserveDisk ?? true,
    templateMib: options.templateMib ?? ordinaryTemplateMib,
    bootId: bootId.trim(),
    journal,
    ended,
    ...layersOn(shelf, templates),
    shelf,
    // A create waits on the kernel for most of its time, so a few more than there are processors.
    work: new PQueue({ concurrency: options.concurrency ?? Math.max(4, availableParallelism() * 2) }),
    log: options.log,
    changed: (view) => listeners.forEach((listener) => listener(view)),
  };
  const sandboxes = new OpenSandboxes(ground, templates, listeners);
  await sandboxes.adopt();
  return sandboxes;
}

/** What their networks are made by, or why they have none. */
async function openNetworks(options: SandboxOptions): Promise<SandboxNetworks | { readonly problem: string }> {
  const { network, dataDir, cgroupParent, nameservers, log } = options;
  if (network !== 'egress')
    return { problem: 'The agent of this host gives its sandboxes no network (MUSTER_AGENT_NETWORK).' };
  return SandboxNetworks.open({
    name: cgroupParent,
    dataDir,
    nameservers,
    warn: log && ((fields, text) => log.warn(fields, text)),
  });
}

/** So long one of them may take to say what goes on in it. */
const workTimeoutMs = 5_000;

const endAgainMs = 1_000;

const ordinaryTemplateMib = 20_480;

const timeOver = 'Its time was over while its host could not reach the control plane.';

class OpenSandboxes implements Sandboxes {
  readonly #ground: Ground;
  readonly #templates: TemplateShelf;
  readonly #listeners: Set<(view: SandboxView | EndedAttempt) => void>;
  /** One attempt of each sandbox at most. */
  readonly #sandboxes = new Map<string, Sandbox>();
  readonly #making = new Map<string, Promise<SandboxView>>();
  readonly layers: HostLayers;
  #stopMeasuring: (() => void) | undefined;
  readonly #closing = new AbortController();

  constructor(ground: Ground, templates: TemplateShelf, listeners: Set<(view: SandboxView | EndedAttempt) => void>) {
    this.#ground = ground;
    this.#templates = templates;
    this.#listeners = listeners;
    this.layers = hostLayers(ground.shelf, templates, {
      isInUse: (digest) => [...this.#sandboxes.values()].some(({ record }) => record.layers.includes(digest)),
      templateMib: ground.templateMib,
    });
  }

  /** Answers when all are known; what was half made or half ended is finished behind. */
  async adopt(): Promise<void> {
    const records = await this.#ground.journal.load(this.#ground.log);
    await this.#adoptNetworks(records);
    for (const record of records) {
      const sandbox = new Sandbox(this.#ground, record);
      if (this.#sandboxes.has(record.sandboxId)) {
        this.#ground.log?.warn(
          { sandboxId: record.sandboxId },
          'two attempts of one sandbox are on this host; the older one is ended',
        );
        const other = this.#sandboxes.get(record.sandboxId)!;
        const [older, newer] = other.record.attempt < record.attempt ? [other, sandbox] : [sandbox, other];
        this.#sandboxes.set(record.sandboxId, newer);
        this.#behind(older.end(), older);
      } else {
        this.#sandboxes.set(record.sandboxId, sandbox);
      }
    }
    await this.#all([...this.#sandboxes.values()], async (sandbox) => {
      if (this.#ground.ended.has(sandbox.record)) this.#behind(this.#end(sandbox), sandbox);
      else if (sandbox.record.state === 'pending') this.#behind(sandbox.adopt(), sandbox);
      else await sandbox.adopt();
    });
    this.#stopMeasuring = eachSecond(
      () => this.#sandboxes.values(),
      (sandbox, atMs) => sandbox.measure(atMs),
    );
  }

  capabilities() {
    const { machine, problem, networkProblem } = this.#ground;
    const runtime = machine ? `${machine.driver.runtime.kind} ${machine.driver.runtime.version}` : '';
    const { names, digests } = this.#templates;
    const layers = { layers: this.#ground.shelf.digests, templateDigests: digests };
    return { runtime, runtimeProblem: problem, templates: names, ...layers, egressProblem: networkProblem };
  }

  prepareTemplate(...args: Parameters<Sandboxes['prepareTemplate']>): Promise<void> {
    return this.#templates.prepare(...args);
  }

  inventory() {
    const views = [...this.#sandboxes.values()].map((sandbox) => sandbox.view);
    // One that is still being removed has its tombstone already, but has not ended for anybody else.
    const isHere = (ended: EndedAttempt) => this.#sandboxes.get(ended.sandboxId)?.record.attempt === ended.attempt;
    return inventoryOf(
      views,
      this.#ground.ended.list().filter((ended) => !isHere(ended)),
    );
  }

  create(spec: SandboxSpec): Promise<SandboxView> {
    const here = this.#sandboxes.get(spec.sandboxId);
    if (here?.record.attempt === spec.attempt) return this.#making.get(spec.sandboxId) ?? this.#asItIs(here);
    const making = this.#make(spec, here);
    if (here) return making;
    this.#making.set(spec.sandboxId, making);
    return making.finally(() => this.#making.delete(spec.sandboxId));
  }

  async pause(sandboxId: string, attempt: number): Promise<SandboxView> {
    return this.#get(sandboxId, attempt).pause(false, '');
  }

  async resume(sandboxId: string, attempt: number): Promise<SandboxView> {
    return this.#get(sandboxId, attempt).resume();
  }

  async stop(sandboxId: string, attempt: number): Promise<SandboxView> {
    return this.#get(sandboxId, attempt).stop();
  }

  async start(sandboxId: string, attempt: number): Promise<SandboxView> {
    return this.#get(sandboxId, attempt).startAgain();
  }

  async snapshot(sandboxId: string, attempt: number, snapshotId: string) {
    return this.#get(sandboxId, attempt).snapshot(snapshotId);
  }

  async destroy(sandboxId: string, attempt: number): Promise<{ readonly lastLog: string }> {
    const sandbox = this.#sandboxes.get(sandboxId);
    if (sandbox?.record.attempt === attempt) return this.#end(sandbox);
    if (this.#ground.ended.has({ sandboxId, attempt })) return { lastLog: '' };
    // Also where another attempt is here: this one must never begin.
    await this.#ground.ended.add({ sandboxId, attempt });
    this.#ground.changed({ sandboxId, attempt });
    return { lastLog: '' };
  }

  async connectPort(sandboxId: string, port: number): Promise<PortConnection> {
    return connectIn(this.#get(sandboxId), port);
  }

  async listPorts(sandboxId: string): Promise<ListeningPort[]> {
    return this.#get(sandboxId).listeningPorts();
  }

  metrics(...[sandboxId, resolution, after]: Parameters<Sandboxes['metrics']>) {
    return this.#get(sandboxId).metrics(resolution, after);
  }

  async work(): Promise<SandboxWork[]> {
    const works = await Promise.all(
      [...this.#sandboxes.values()].map((sandbox) =>
        Promise.race([
          // One that does not answer is examined elsewhere.
          sandbox.work().catch(() => undefined),
          delay(workTimeoutMs, undefined, { ref: false }),
        ]),
      ),
    );
    return works.filter((work) => work !== undefined);
  }

  async logs(...[sandboxId, request]: Parameters<Sandboxes['logs']>) {
    return readLogs(this.#get(sandboxId), request);
  }

  async setNetwork(...[sandboxId, attempt, network, revision]: Parameters<Sandboxes['setNetwork']>) {
    return this.#get(sandboxId, attempt).setNetwork(network, revision);
  }

  async setKeys(...[sandboxId, attempt, keys]: Parameters<Sandboxes['setKeys']>) {
    return this.#get(sandboxId, attempt).setKeys(keys);
  }

  run(...[sandboxId, spec, signal]: Parameters<Sandboxes['run']>) {
    return runIn(this.#get(sandboxId), spec, signal);
  }

  async processes(sandboxId: string): Promise<SandboxProcesses> {
    return this.#get(sandboxId).processes();
  }

  async files(sandboxId: string): Promise<SandboxFiles> {
    const sandbox = this.#get(sandboxId);
    const link = await sandbox.link();
    sandbox.touch();
    return new SandboxFiles(link);
  }

  async setExpiries(expiries: readonly Expiry[], saidAt: number): Promise<void> {
    await Promise.all(
      expiries.map(async (expiry) => {
        const sandbox = this.#sandboxes.get(expiry.sandboxId);
        if (sandbox?.record.attempt === expiry.attempt) await sandbox.setExpiry(expiry, saidAt);
      }),
    );
  }

  async freezeExpired(): Promise<readonly string[]> {
    const over = [...this.#sandboxes.values()].filter(
      ({ record, ending, isOver }) => record.state === 'running' && !ending && isOver,
    );
    // That it is paused is the end that was asked for: it goes on only when somebody says so.
    await this.#all(over, (sandbox) => sandbox.pause(sandbox.record.onExpiry !== 'pause', timeOver));
    return over.filter(({ record }) => record.state === 'paused').map(({ record }) => record.sandboxId);
  }

  async endExpired(): Promise<readonly string[]> {
    const over = [...this.#sandboxes.values()].filter(({ overdue }) => overdue !== undefined);
    await this.#all(over, async (sandbox) => {
      await sandbox.settled();
      // Renewed, or ended, by what came before.
      switch (sandbox.overdue) {
        case 'destroy':
          return this.#end(sandbox);
        case 'stop':
          return sandbox.stop(timeOver);
        case 'pause':
          return sandbox.pause(false, timeOver);
        case undefined:
          return undefined;
      }
    });
    return over.filter(({ overdue }) => overdue === undefined).map(({ record }) => record.sandboxId);
  }

  async pauseAll(why: string, options: { readonly evenKept?: boolean } = {}): Promise<void> {
    const concerned = [...this.#sandboxes.values()].filter(
      ({ record, ending }) =>
        record.state === 'running' && !ending && (options.evenKept || record.onDisconnect === 'pause'),
    );
    await this.#all(concerned, (sandbox) => sandbox.pause(true, why));
  }

  async resumePausedByAgent(): Promise<void> {
    const concerned = [...this.#sandboxes.values()].filter(({ isOver }) => !isOver);
    await this.#all(concerned, (sandbox) => sandbox.resume(true));
  }

  onChange(listener: (view: SandboxView | EndedAttempt) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async close(): Promise<void> {
    this.#closing.abort();
    this.#stopMeasuring?.();
    this.#listeners.clear();
    await Promise.all([...this.#sandboxes.values()].map((sandbox) => sandbox.letGo()));
    await this.#ground.networks?.close();
    this.#ground.machine?.driver.close();
    // Where nothing is left, nothing of ours stays on the machine.
    if (this.#sandboxes.size === 0)
      await new SandboxCgroup(this.#ground.cgroups, `/${this.#ground.cgroupParent}`).remove().catch(() => undefined);
  }

  /** Before anything else runs: until then the rules of an earlier agent hold. */
  async #adoptNetworks(records: readonly SandboxRecord[]): Promise<void> {
    const { networks, bootId, log } = this.#ground;
    const alive = records.filter(
      ({ state, ...record }) => record.bootId === bootId && state !== 'failed' && state !== 'stopped',
    );
    await networks
      ?.adopt(alive)
      .catch((error: unknown) =>
        log?.warn(
          { err: error },
          'The networks of sandboxes could not be taken up; they have none until they are set anew.',
        ),
      );
  }

  async #make(spec: SandboxSpec, here: Sandbox | undefined): Promise<SandboxView> {
    const key = { sandboxId: spec.sandboxId, attempt: spec.attempt };
    const firstId = this.#admit(key, here, spec.network);
    if (firstId instanceof SandboxError) {
      await this.#ground.ended.add(key);
      throw firstId;
    }
    const sandbox = new Sandbox(this.#ground, newRecord(this.#onLayers(spec), firstId, this.#ground.bootId));
    this.#sandboxes.set(spec.sandboxId, sandbox);
    try {
      return await sandbox.make();
    } catch (error) {
      await this.#end(sandbox).catch((reason: unknown) => {
        this.#warn(reason, sandbox);
        void this.#endAgain(sandbox);
      });
      throw error;
    }
  }

  /** What could not be ended, because the disk is full for example, is ended as soon as it can be: nobody asks for it again. */
  async #endAgain(sandbox: Sandbox): Promise<void> {
    const { signal } = this.#closing;
    const isDone = () => signal.aborted || this.#sandboxes.get(sandbox.record.sandboxId) !== sandbox;
    while (!isDone()) {
      await delay(endAgainMs, undefined, { signal, ref: false }).catch(() => undefined);
      if (!isDone()) await this.#end(sandbox).catch(() => undefined);
    }
  }

  /** It stands on the same for all its life, whatever its template's name means later. */
  #onLayers(spec: SandboxSpec): SandboxSpec {
    if (spec.layers && spec.layers.length > 0) return spec;
    const template = this.#templates.ready.find(({ name }) => name === spec.template);
    return { ...spec, layers: template ? [template.digest] : [] };
  }

  /** Why it cannot begin, or the ids that it gets. */
  #admit(key: EndedAttempt, here: Sandbox | undefined, network: NetworkPolicy | undefined): SandboxError | number {
    const { machine, problem, networks, networkProblem, ended, ids } = this.#ground;
    if (!/^[0-9a-z]{1,64}$/.test(key.sandboxId))
      return new SandboxError('not_found', 'That is not the id of a sandbox.');
    if (ended.has(key))
      return new SandboxError('wrong_state', 'That attempt has ended on this host and is never started again.');
    if (here) return new SandboxError('wrong_state', `Attempt ${here.record.attempt} of this sandbox is on this host.`);
    if (!machine) return new SandboxError('no_runtime', problem);
    if (network?.mode === 'egress' && !networks) return new SandboxError('no_runtime', networkProblem);
    const taken = new Set([...this.#sandboxes.values()].map(({ record }) => record.firstId));
    const allIn = `All ${ids.sandboxes} id ranges of this host are in use: destroy sandboxes, or give the agent more.`;
    return freeIds(ids, taken) ?? new SandboxError('runtime_failed', allIn);
  }

  async #asItIs(sandbox: Sandbox): Promise<SandboxView> {
    await sandbox.settled();
    const { state, reason } = sandbox.record;
    if (sandbox.ending) throw new SandboxError('wrong_state', 'That attempt is being destroyed.');
    if (state === 'failed') throw new SandboxError('wrong_state', `That attempt has failed: ${reason}`);
    return sandbox.view;
  }

  async #end(sandbox: Sandbox): Promise<{ readonly lastLog: string }> {
    const { sandboxId, attempt } = sandbox.record;
    const result = await sandbox.end();
    if (this.#sandboxes.get(sandboxId) === sandbox) this.#sandboxes.delete(sandboxId);
    this.#ground.changed({ sandboxId, attempt });
    return result;
  }

  #get(sandboxId: string, attempt?: number): Sandbox {
    const sandbox = this.#sandboxes.get(sandboxId);
    if (sandbox && (attempt === undefined || sandbox.record.attempt === attempt)) return sandbox;
    throw new SandboxError('not_found', 'That sandbox is not on this host.');
  }

  async #all(sandboxes: readonly Sandbox[], act: (sandbox: Sandbox) => Promise<unknown>): Promise<void> {
    await Promise.all(sandboxes.map((sandbox) => act(sandbox).catch((error: unknown) => this.#warn(error, sandbox))));
  }

  #behind(work: Promise<unknown>, sandbox: Sandbox): void {
    work.catch((error: unknown) => this.#warn(error, sandbox));
  }

  #warn(error: unknown, { record }: Sandbox): void {
    this.#ground.log?.warn(
      { err: error, sandboxId: record.sandboxId, attempt: record.attempt },
      'a sandbox could not be brought to where it should be',
    );
  }
}
