import { randomUUID } from 'node:crypto';
import type { Duplex } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { durationMs, timestampFromDate } from '@bufbuild/protobuf/wkt';
import { Code, ConnectError } from '@connectrpc/connect';
import { ObservedState } from '#proto/muster/v1/sandbox_pb.js';
import { SimulatedAccess } from './access.ts';
import { backoffMs } from './backoff.ts';
import { dial } from './connection.ts';
import { simulatedNetwork, type SimulatedNetwork } from './network.ts';
import { EnrolledClient, type ComponentReport, type HostSpecs } from './protocol.ts';
import { SimulatedSandboxes, type SimulatedSandbox } from './sandboxes.ts';
import { SimulatedLayers } from './layers.ts';
import { simulatedService, type Misbehaviour } from './service.ts';
import { ToldSpecs } from './told-specs.ts';
import { SimulatedUpdates } from './updates.ts';

export interface SimulatedHostOptions {
  readonly serverUrl: string;
  /** `mst_join_…` */
  readonly joinToken: string;
  /** `SHA256:…` */
  readonly fingerprint: string;
  /** Put over a machine of 8 processors, 16 GiB and 100 GiB with a runtime and the template `base`. */
  readonly specs?: HostSpecs;
  readonly components?: readonly ComponentReport[];
  /** Accounts that SSH keys are for; none where unset. */
  readonly accounts?: SimulatedAccess['accounts'];
  /** Instead of what the control plane says. */
  readonly heartbeatEveryMs?: number;
  /** Shared with other hosts; one of its own where unset. */
  readonly network?: SimulatedNetwork;
  /** Between attempts to reach the control plane; what agents take where it is `as agents do`. 50 ms where unset. */
  readonly retryMs?: number | 'as agents do';
}

const ordinarySpecs: HostSpecs = {
  arch: 'x64',
  cpus: 8,
  memoryMib: 16_384n,
  diskMib: 102_400n,
  os: 'Simulated Linux 1',
  kernel: '6.0.0',
  hostname: 'simulated',
  agentVersion: '0.0.0',
  runtime: 'simulated 1',
  templates: ['base'],
};

const quickRetryMs = 50;

/** Joins with a one-time token and lives from then on, over the true protocol, with sandboxes in memory. */
export async function startSimulatedHost(options: SimulatedHostOptions): Promise<SimulatedHost> {
  const { serverUrl, joinToken, fingerprint } = options;
  const specs = { ...ordinarySpecs, ...options.specs };
  const network = options.network ?? simulatedNetwork();
  const close = () => options.network ?? network.close();
  try {
    const client = await EnrolledClient.join(serverUrl, joinToken, fingerprint, specs, network.agent);
    return new SimulatedHost(client, specs, options, { ...network, close });
  } catch (error) {
    close();
    throw error;
  }
}

/** A host that can be told to misbehave. Stop it in the end. */
export class SimulatedHost {
  readonly #client: EnrolledClient;
  readonly #options: SimulatedHostOptions;
  readonly #network: SimulatedNetwork;
  readonly #sandboxes = new SimulatedSandboxes();
  readonly #layers = new SimulatedLayers();
  /** What its update commands do, and have done. */
  readonly updates = new SimulatedUpdates((component, sha) => this.#bring(component, sha));
  /** Whose SSH keys are wanted on it. */
  readonly access: SimulatedAccess;
  readonly #misbehaviour: Misbehaviour = { createFailure: undefined, answersToLose: 0, answerAfterMs: 0 };
  #bootId = randomUUID();
  #specs: HostSpecs;
  readonly #toldSpecs = new ToldSpecs();
  #components: readonly ComponentReport[];
  #instanceId = randomUUID();
  #sequence = 0n;
  #life = new AbortController();
  #loops: Promise<unknown> = Promise.resolve();
  #socket: Duplex | undefined;
  #connected = false;
  #stopped = false;
  #muted = false;
  #clockOffMs = 0;
  #beatsToRepeat = 0;

  constructor(client: EnrolledClient, specs: HostSpecs, options: SimulatedHostOptions, network: SimulatedNetwork) {
    this.#client = client;
    this.#specs = specs;
    this.#options = options;
    this.#network = network;
    this.#components = options.components ?? [];
    this.access = new SimulatedAccess(options.accounts ?? []);
    this.#live();
  }

  get id(): string {
    return this.#client.identity.hostId;
  }

  get name(): string {
    return this.#client.identity.hostName;
  }

  /** Whether the control plane has taken the connection. */
  get connected(): boolean {
    return this.#connected;
  }

  /** Digests of the layers on it. */
  get layers(): readonly string[] {
    return this.#layers.removable;
  }

  get sandboxes(): readonly SimulatedSandbox[] {
    return this.#sandboxes.all;
  }

  /** The variables that a sandbox has of its team's keys. */
  keysOf(sandboxId: string): Readonly<Record<string, string>> {
    return this.#sandboxes.keys.get(sandboxId)?.variables ?? {};
  }

  /** What was said last of when its sandboxes end, by their ids. */
  get expiries(): SimulatedSandboxes['expiries'] {
    return this.#sandboxes.expiries;
  }

  /** What is said to go on in them, by their ids; to be set. */
  get work(): SimulatedSandboxes['work'] {
    return this.#sandboxes.work;
  }

  /** Commands under way. */
  get runs(): number {
    return this.#sandboxes.runs;
  }

  /** No heartbeats, no connection, as if the machine had lost its network. What runs on it runs on. */
  goSilent(): void {
    this.#life.abort();
    this.#socket?.destroy();
  }

  /** Ends the silence. */
  comeBack(): void {
    if (this.#life.signal.aborted) this.#live();
  }

  /** The agent starts anew: another instance, the same sandboxes. */
  async restart(): Promise<void> {
    this.goSilent();
    await this.#loops;
    this.#instanceId = randomUUID();
    this.#toldSpecs.forget();
    this.#sequence = 0n;
    this.#live();
  }

  /** The machine starts anew: what ran on it is stopped, its files are there. */
  async reboot(): Promise<void> {
    this.goSilent();
    await this.#loops;
    this.#bootId = randomUUID();
    this.#sandboxes.stopAll('The machine was restarted.');
    await this.restart();
  }

  /** No heartbeats, but the connection stays up: an agent of which a part hangs. */
  mute(): void {
    this.#muted = true;
  }

  /** It reports again. */
  unmute(): void {
    this.#muted = false;
  }

  /** Cuts the connection; it is dialled again at once. */
  dropConnection(): void {
    this.#socket?.destroy();
  }

  /** The next answers are lost, after the work was done: the connection is cut in their place. */
  loseAnswers(count = 1): void {
    this.#misbehaviour.answersToLose = count;
  }

  /** Every create fails with this message; undefined: they work again. */
  failCreates(message: string | undefined): void {
    this.#misbehaviour.createFailure = message;
  }

  /** Every answer takes so long from now on. */
  answerAfter(ms: number): void {
    this.#misbehaviour.answerAfterMs = ms;
  }

  /** Its clock is so far ahead. */
  setClock(aheadMs: number): void {
    this.#clockOffMs = aheadMs;
  }

  /** The next heartbeats are sent a second time, after the one that follows them. */
  repeatBeats(count: number): void {
    this.#beatsToRepeat = count;
  }

  /** A sandbox is gone, and the host does not know that it ever was. */
  forgetSandbox(sandboxId: string): void {
    this.#sandboxes.forget(sandboxId);
  }

  /** A sandbox fails by itself. */
  failSandbox(sandboxId: string): void {
    this.#sandboxes.change(sandboxId, ObservedState.FAILED);
  }

  /** A sandbox is frozen by somebody on the machine. */
  pauseSandbox(sandboxId: string): void {
    this.#sandboxes.change(sandboxId, ObservedState.PAUSED);
  }

  /** A sandbox is stopped by somebody on the machine. */
  stopSandbox(sandboxId: string): void {
    this.#sandboxes.change(sandboxId, ObservedState.STOPPED);
  }

  /** The machine was set back to an older disk, on which a sandbox has just been made; nothing runs after that. */
  setBack(sandboxId: string): void {
    this.#sandboxes.setBack(sandboxId);
  }

  /** A sandbox runs that nobody has asked for. */
  addUnknownSandbox(sandboxId: string, attempt = 1): void {
    this.#sandboxes.set(sandboxId, attempt, ObservedState.RUNNING);
  }

  /** Reports other components, at once. */
  async setComponents(components: readonly ComponentReport[]): Promise<void> {
    this.#components = components;
    await this.beat();
  }

  /** A component runs another commit from now on. */
  #bring(name: string, runningSha: string): void {
    this.#components = this.#components.map((one) => (one.component === name ? { ...one, runningSha } : one));
    void this.beat().catch(() => undefined); // the next one is sent by itself
  }

  /** Reports other specs, at once. */
  async setSpecs(specs: HostSpecs): Promise<void> {
    this.#specs = { ...this.#specs, ...specs };
    await this.beat();
  }

  /** Rotates the credentials. Throws what the control plane answers. */
  refresh(): Promise<void> {
    return this.#client.refresh();
  }

  /** Sends one heartbeat. Answers when the next one is wanted; throws what the control plane answers. */
  async beat(): Promise<{ readonly nextInMs: number }> {
    const telling = this.#toldSpecs.tell({
      ...this.#specs,
      layers: this.#layers.removable,
      templateDigests: [this.#layers.base],
    });
    const beat = {
      bootId: this.#bootId,
      instanceId: this.#instanceId,
      sequence: this.#sequence++,
      sentAt: timestampFromDate(new Date(Date.now() + this.#clockOffMs)),
      specs: telling.specs,
      inventoryDigest: this.#sandboxes.digest(),
      components: [...this.#components],
      ...(this.access.accounts.length > 0 && { access: this.access.report(this.#instanceId) }),
    };
    const answer = await this.#client.heartbeat(beat);
    telling.answered();
    if (this.#beatsToRepeat > 0) {
      this.#beatsToRepeat -= 1;
      // Out of order: it is older than the one that is sent meanwhile.
      void this.beat()
        .then(() => this.#client.heartbeat(beat))
        .catch(() => undefined);
    }
    if (answer.refreshNow) await this.#client.refresh();
    return { nextInMs: this.#options.heartbeatEveryMs ?? (answer.nextIn ? durationMs(answer.nextIn) : 30_000) };
  }

  /** Leaves without a word and lets go of everything. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.goSilent();
    await this.#loops;
    this.#network.close();
  }

  #live(): void {
    this.#life.abort();
    if (this.#stopped) return;
    this.#life = new AbortController();
    const { signal } = this.#life;
    this.#loops = Promise.all([this.#loops, this.#keepBeating(signal), this.#keepConnection(signal)]);
  }

  async #keepBeating(signal: AbortSignal): Promise<void> {
    let failures = 0;
    while (!signal.aborted) {
      let nextInMs = 1000;
      try {
        if (!this.#muted) ({ nextInMs } = await this.beat());
        failures = 0;
      } catch (error) {
        if (ConnectError.from(error).code === Code.Unauthenticated) await this.#client.refresh().catch(() => undefined);
        failures += 1;
        if (this.#options.retryMs === 'as agents do') nextInMs = backoffMs(failures);
      }
      await delay(nextInMs, undefined, { signal }).catch(() => undefined);
    }
  }

  async #keepConnection(signal: AbortSignal): Promise<void> {
    const { retryMs = quickRetryMs } = this.#options;
    let failures = 0;
    while (!signal.aborted) {
      await this.#connectOnce(signal).catch(() => undefined);
      failures = this.#connected ? 0 : failures + 1;
      this.#connected = false;
      const waitMs = retryMs === 'as agents do' ? backoffMs(failures) : retryMs;
      await delay(waitMs, undefined, { signal }).catch(() => undefined);
    }
  }

  async #connectOnce(signal: AbortSignal): Promise<void> {
    const { identity, authorization } = this.#client;
    const { socket, agentNonce } = await dial(this.#options.serverUrl, authorization, this.#instanceId, identity);
    this.#socket = socket;
    if (signal.aborted) socket.destroy();
    const connection = {
      instanceId: this.#instanceId,
      agentNonce,
      accessToken: () => this.#client.accessToken,
      onProved: () => void (this.#connected = true),
      cut: () => socket.destroy(),
    };
    await this.#network.serve(
      socket,
      simulatedService(
        identity,
        this.#sandboxes,
        this.#layers,
        this.updates,
        this.access,
        this.#misbehaviour,
        connection,
      ),
    );
  }
}
