import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import {
  SandboxError,
  type EndedAttempt,
  type Expiry,
  type Inventory,
  type RunEvent,
  type RunSpec,
  type Sandboxes,
  type SandboxSpec,
  type SandboxView,
} from '../sandboxes/index.ts';

/** Sandboxes that isolate nothing: what runs in them are ordinary processes of this machine. For what lies above the driver. */
export class LocalSandboxes implements Sandboxes {
  readonly views = new Map<string, SandboxView>();
  readonly ended: EndedAttempt[] = [];
  /** When they end, by their ids, and what was said of it. */
  readonly expiries = new Map<string, Expiry & { readonly endsAtMs: number }>();
  /** Processes that are running now. */
  readonly pids = new Set<number>();
  /** Digests of layers that are here; nothing is behind them. */
  readonly layerDigests = new Set<string>();
  createFailure: Error | undefined;
  destroyFailure: Error | undefined;
  readonly #listeners = new Set<(change: SandboxView | EndedAttempt) => void>();

  capabilities() {
    return {
      runtime: 'local 1',
      runtimeProblem: '',
      templates: ['base'],
      layers: [...this.layerDigests],
      templateDigests: [],
      egressProblem: 'They isolate nothing.',
    };
  }

  async prepareTemplate(): Promise<void> {}

  inventory(): Inventory {
    const sandboxes = [...this.views.values()];
    const text = sandboxes.map(({ sandboxId, attempt, state, revision }) =>
      [sandboxId, attempt, state, revision].join(' '),
    );
    return { sandboxes, ended: this.ended, digest: createHash('sha256').update(text.join('\n')).digest() };
  }

  async create({ sandboxId, attempt, onDisconnect }: SandboxSpec): Promise<SandboxView> {
    if (this.createFailure) throw this.createFailure;
    const now = new Date();
    const common = {
      reason: '',
      pausedByAgent: false,
      networkRevision: 0,
      keysRevision: 0,
      changedAt: now,
      lastActivityAt: now,
    };
    return this.#set({ sandboxId, attempt, state: 'running', revision: 1, onDisconnect, ...common });
  }

  async pause(sandboxId: string): Promise<SandboxView> {
    return this.#set({ ...this.#find(sandboxId), state: 'paused', pausedByAgent: false });
  }

  async resume(sandboxId: string): Promise<SandboxView> {
    return this.#set({ ...this.#find(sandboxId), state: 'running', pausedByAgent: false });
  }

  async stop(sandboxId: string): Promise<SandboxView> {
    return this.#set({ ...this.#find(sandboxId), state: 'stopped', pausedByAgent: false });
  }

  async snapshot(): Promise<never> {
    throw new SandboxError('wrong_state', 'This sandbox isolates nothing: it has no files of its own.');
  }

  readonly layers = {
    prepare: async () => ({ ready: false, receivedBytes: 0 }),
    read: () => {
      throw new SandboxError('template_missing', 'These sandboxes stand on nothing.');
    },
    receive: async () => ({ ready: false }),
    build: async () => {
      throw new SandboxError('wrong_state', 'These sandboxes stand on nothing.');
    },
    remove: async (digest: string) => void this.layerDigests.delete(digest),
  };

  /** Ordinary processes have no files of their own. */
  async processes(): Promise<never> {
    throw new SandboxError('wrong_state', 'This sandbox isolates nothing: it keeps no processes of its own.');
  }

  async files(): Promise<never> {
    throw new SandboxError('wrong_state', 'This sandbox isolates nothing: it has no files of its own.');
  }

  /** Their ports are the machine's. */
  async connectPort(): Promise<never> {
    throw new SandboxError('wrong_state', 'This sandbox isolates nothing: it has no ports of its own.');
  }

  async listPorts(): Promise<[]> {
    return [];
  }

  async work() {
    return [];
  }

  metrics(sandboxId: string) {
    this.#find(sandboxId);
    return { samples: [], totals: undefined, measuredSince: new Date(), diskSizeBytes: 0, filesLimit: 0 };
  }

  async logs(sandboxId: string) {
    this.#find(sandboxId);
    return { logs: [], missing: 'This sandbox isolates nothing: it keeps no processes of its own.' };
  }

  async setNetwork(sandboxId: string, _: number, __: unknown, networkRevision: number): Promise<SandboxView> {
    return this.#set({ ...this.#find(sandboxId), networkRevision });
  }

  async setKeys(sandboxId: string, _: number, { revision }: { revision: number }): Promise<SandboxView> {
    return this.#set({ ...this.#find(sandboxId), keysRevision: revision });
  }

  async start(sandboxId: string): Promise<SandboxView> {
    return this.#set({ ...this.#find(sandboxId), state: 'running' });
  }

  async destroy(sandboxId: string, attempt: number) {
    if (this.destroyFailure) throw this.destroyFailure;
    this.views.delete(sandboxId);
    this.ended.push({ sandboxId, attempt });
    this.#tell({ sandboxId, attempt });
    return { lastLog: 'bye' };
  }

  async *run(sandboxId: string, { argv, stdin }: RunSpec, signal?: AbortSignal): AsyncIterable<RunEvent> {
    if (this.#find(sandboxId).state !== 'running')
      throw new SandboxError('wrong_state', 'The sandbox is paused: resume it first.');
    const child = spawn(argv[0]!, argv.slice(1), { stdio: ['pipe', 'pipe', 'inherit'] });
    const kill = () => child.kill('SIGKILL');
    signal?.addEventListener('abort', kill);
    await once(child, 'spawn');
    const ended = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>;
    const pid = child.pid!; // it was spawned
    this.pids.add(pid);
    void ended.then(() => this.pids.delete(pid));
    child.stdin.on('error', () => undefined); // it did not read to the end
    child.stdin.end(stdin);
    try {
      yield { type: 'started', pid, processId: '' };
      for await (const data of child.stdout) yield { type: 'stdout', data: data as Buffer };
      const [code, name] = await ended;
      yield { type: 'exit', code: code ?? 137, signal: name ?? '', timedOut: false, durationMs: 1 };
    } finally {
      kill();
    }
  }

  async setExpiries(expiries: readonly Expiry[]): Promise<void> {
    for (const expiry of expiries)
      this.expiries.set(expiry.sandboxId, {
        ...expiry,
        endsAtMs: performance.now() + (expiry.expiresInMs ?? Infinity),
      });
  }

  async freezeExpired(): Promise<readonly string[]> {
    const over = this.#over().filter(({ sandboxId }) => this.#find(sandboxId).state === 'running');
    for (const { sandboxId } of over)
      this.#set({ ...this.#find(sandboxId), state: 'paused', reason: 'Its time was over.', pausedByAgent: true });
    return over.map(({ sandboxId }) => sandboxId);
  }

  #over() {
    return [...this.expiries.values()].filter(
      ({ sandboxId, endsAtMs }) => this.views.has(sandboxId) && endsAtMs <= performance.now(),
    );
  }

  async endExpired(): Promise<readonly string[]> {
    const over = this.#over();
    for (const { sandboxId, attempt } of over) await this.destroy(sandboxId, attempt);
    return over.map(({ sandboxId }) => sandboxId);
  }

  async pauseAll(why: string, { evenKept = false } = {}): Promise<void> {
    for (const view of this.views.values()) {
      if (view.state !== 'running' || (view.onDisconnect === 'keep' && !evenKept)) continue;
      this.#set({ ...view, state: 'paused', reason: why, pausedByAgent: true });
    }
  }

  async resumePausedByAgent(): Promise<void> {
    const over = new Set(this.#over().map(({ sandboxId }) => sandboxId));
    for (const view of this.views.values())
      if (view.pausedByAgent && !over.has(view.sandboxId))
        this.#set({ ...view, state: 'running', pausedByAgent: false });
  }

  onChange(listener: (change: SandboxView | EndedAttempt) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  fail(sandboxId: string): void {
    this.#set({ ...this.#find(sandboxId), state: 'failed' });
  }

  async close(): Promise<void> {}

  #find(sandboxId: string): SandboxView {
    const view = this.views.get(sandboxId);
    if (!view) throw new SandboxError('not_found', `There is no sandbox ${sandboxId} on this host.`);
    return view;
  }

  #set(view: SandboxView): SandboxView {
    const changed = { ...view, revision: view.revision + 1, changedAt: new Date() };
    this.views.set(view.sandboxId, changed);
    this.#tell(changed);
    return changed;
  }

  #tell(change: SandboxView | EndedAttempt): void {
    for (const listener of this.#listeners) listener(change);
  }
}
