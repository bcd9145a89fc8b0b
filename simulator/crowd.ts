import { setTimeout as delay } from 'node:timers/promises';
import { ObservedState } from '#proto/muster/v1/sandbox_pb.js';
import PQueue from 'p-queue';
import { apiOf, patiently, type Api } from './api.ts';
import { faults, type FaultName } from './faults.ts';
import { startSimulatedHost, type SimulatedHost } from './host.ts';
import { simulatedNetwork } from './network.ts';
import { pick, seededRandom } from './random.ts';

export interface CrowdOptions {
  readonly serverUrl: string;
  /** Of a caller who may register hosts. */
  readonly token: string;
  readonly hosts: number;
  /** So many run at any time, on whichever hosts they are placed. */
  readonly sandboxes: number;
  /** What goes wrong, by turns. */
  readonly faults: readonly FaultName[];
  readonly faultEveryMs: number;
  /** The same seed chooses the same faults for the same hosts, in the same order. */
  readonly seed: number;
  /** The hosts are called `<prefix>-1` and so on. */
  readonly prefix: string;
  /** Instead of what the control plane says. */
  readonly heartbeatEveryMs?: number | undefined;
  /** Told what happens. */
  readonly say: (text: string) => void;
}

/** Simulated hosts of one process, with sandboxes and faults. */
export interface Crowd {
  readonly hosts: readonly SimulatedHost[];
  /** Sandboxes of the crowd that run. */
  readonly running: number;
  /** Faults that were begun. */
  readonly faultsBegun: number;
  /** Ends what it has made in the installation: its sandboxes and its hosts. */
  end(): Promise<void>;
  /** Lets go of everything and leaves its traces, as if the machines had lost their power. */
  vanish(): Promise<void>;
}

const joinsAtOnce = 16;
const createsAtOnce = 8;
const keepEveryMs = 1_000;
/** What a fault has begun ends after so long, or half of it. */
const faultLastsMs = 20_000;
/** Longer than a control plane takes to be started again. */
const removedWithinMs = 30_000;

/** Registers and joins so many hosts, and keeps them as they are asked to be, until it is ended. */
export async function startCrowd(options: CrowdOptions, stop: AbortSignal): Promise<Crowd> {
  const { serverUrl, token, seed, say } = options;
  const ending = new AbortController();
  const signal = AbortSignal.any([stop, ending.signal]);
  const api = apiOf(serverUrl, token);
  const random = seededRandom(seed);
  const network = simulatedNetwork();
  const hosts: SimulatedHost[] = [];
  const ours = new Set<string>();
  const registered: string[] = [];
  let faultsBegun = 0;

  const join = async (number: number) => {
    signal.throwIfAborted();
    const { host, joinToken } = await patiently(
      () => api.hosts.createHost({ name: `${options.prefix}-${number}` }),
      signal,
    );
    registered.push(host?.id ?? '');
    const fingerprint = /--fingerprint (\S+)/.exec(joinToken?.joinCommand ?? '')?.[1] ?? '';
    const { heartbeatEveryMs } = options;
    const joining = {
      serverUrl,
      joinToken: joinToken?.token ?? '',
      fingerprint,
      network,
      retryMs: 'as agents do' as const,
      ...(heartbeatEveryMs !== undefined && { heartbeatEveryMs }),
    };
    hosts.push(await patiently(() => startSimulatedHost(joining), signal));
  };

  const runningNow = () =>
    hosts.reduce((sum, host) => sum + host.sandboxes.filter((one) => isOurs(one) && isRunning(one)).length, 0);
  const isOurs = ({ sandboxId }: { sandboxId: string }) => ours.has(sandboxId);

  const creating = new PQueue({ concurrency: createsAtOnce });
  const keepSandboxes = async () => {
    while (!signal.aborted) {
      const missing = options.sandboxes - runningNow();
      const creates = Array.from({ length: Math.max(0, missing) }, () => async () => {
        if (signal.aborted) return;
        const { sandbox } = await api.sandboxes.createSandbox({ timeout: { seconds: 86_400n } }, { signal });
        if (sandbox) ours.add(sandbox.id);
      });
      // What fails now is missing in the next turn.
      await Promise.allSettled(creates.map((create) => creating.add(create)));
      await delay(keepEveryMs, undefined, { signal }).catch(() => undefined);
    }
  };

  const playFaults = async () => {
    const ends = new Set<() => void>();
    while (!signal.aborted) {
      await delay(options.faultEveryMs, undefined, { signal }).catch(() => undefined);
      const [name, host] = [pick(random, options.faults), pick(random, hosts)];
      if (signal.aborted || !name || !host) continue;
      const end = faults[name].begin(host, random);
      faultsBegun += 1;
      say(`${host.name}: ${name}`);
      if (!end) continue;
      ends.add(end);
      setTimeout(() => ends.delete(end) && end(), faultLastsMs * (0.5 + random() / 2)).unref();
    }
    for (const end of ends) end();
  };

  const joining = new PQueue({ concurrency: joinsAtOnce });
  let keeping: Promise<unknown> = Promise.resolve();
  const letGo = async () => {
    ending.abort();
    await keeping;
    await Promise.all(hosts.map((host) => host.stop()));
    network.close();
  };
  const crowd: Crowd = {
    hosts,
    get running() {
      return runningNow();
    },
    get faultsBegun() {
      return faultsBegun;
    },
    async end() {
      ending.abort();
      await keeping;
      await removeAll(api, [...ours], registered, say);
      await letGo();
    },
    vanish: letGo,
  };
  try {
    await joining.addAll(Array.from({ length: options.hosts }, (_, index) => () => join(index + 1)));
    keeping = Promise.all([keepSandboxes(), playFaults()]);
    return crowd;
  } catch (error) {
    joining.clear();
    await joining.onIdle();
    await crowd.end();
    throw error;
  }
}

const isRunning = ({ state }: { state: ObservedState }) => state === ObservedState.RUNNING;

/** Destroys the sandboxes and deletes the hosts; says what could not be removed. */
async function removeAll(
  { hosts, sandboxes }: Api,
  sandboxIds: readonly string[],
  hostIds: readonly string[],
  say: (text: string) => void,
): Promise<void> {
  const removing = new PQueue({ concurrency: createsAtOnce });
  const givingUp = new AbortController();
  const remove = (call: () => Promise<unknown>) =>
    removing.add(async () => {
      givingUp.signal.throwIfAborted();
      const tooLong = AbortSignal.timeout(removedWithinMs);
      try {
        await patiently(call, AbortSignal.any([givingUp.signal, tooLong]));
      } catch (error) {
        // Where nobody answers for one, nobody will for the others: the control plane has gone.
        if (tooLong.aborted) givingUp.abort();
        throw error;
      }
    });
  const removed = await Promise.allSettled([
    ...sandboxIds.map((sandboxId) => remove(() => sandboxes.destroySandbox({ sandboxId }))),
    ...hostIds.filter(Boolean).map((hostId) => remove(() => hosts.deleteHost({ hostId, force: true }))),
  ]);
  const left = removed.filter(({ status }) => status === 'rejected').length;
  if (left > 0) say(`${left} sandboxes and hosts could not be removed: delete them by hand.`);
}
