import { setTimeout as delay } from 'node:timers/promises';
import PQueue from 'p-queue';
import { Lately } from './lately.ts';

/** A host whose turn it may be. */
export interface InLane {
  readonly id: string;
  /** Null: the platform's. */
  readonly teamId: string | null;
}

/** Work for many hosts, bounded, in which no host and no team's hosts keep others waiting. */
export interface Lanes {
  /** Begins when there is room; never twice at a time for one host. The work fails by itself, never here. */
  start(host: InLane, work: () => Promise<void>): void;
  /** Hosts that wait for room, and that are being worked for. */
  readonly waiting: number;
  readonly running: number;
  /** Owners for whose hosts something waits or runs. */
  readonly owners: number;
  /** Waits until nothing waits or runs. */
  onIdle(): Promise<void>;
}

/** At once, in all: so many that the database is busy and others still get through to it. */
const slotsInAll = 16;
/** At once for hosts of one owner: whatever they do, there is room for the others. */
const slotsPerOwner = 8;
/** At once for those of one owner that took long the last time. They hold no slot of the others. */
const slowPerOwner = 4;

/** A host that took long and does not come again for this time counts as any other. Each comes at least every half hour. */
const slowForMs = 5_400_000;

/** Work that takes longer gives its slot back and goes on without one. */
const defaultPatienceMs = 5_000;

export function openLanes({ patienceMs = defaultPatienceMs }: { patienceMs?: number } = {}): Lanes {
  const slots = new PQueue({ concurrency: slotsInAll });
  const owners = new Map<string, { readonly quick: PQueue; readonly slow: PQueue }>();
  const slowHosts = new Lately(slowForMs);
  const underWay = new Map<string, Promise<void>>();
  let running = 0;

  const lanesOf = ({ teamId }: InLane) => {
    const owner = teamId ?? '';
    const known = owners.get(owner);
    if (known) return known;
    const lanes = {
      quick: new PQueue({ concurrency: slotsPerOwner }),
      slow: new PQueue({ concurrency: slowPerOwner }),
    };
    owners.set(owner, lanes);
    return lanes;
  };

  /** Teams come and go. */
  const forgetIdle = (host: InLane) => {
    const { quick, slow } = lanesOf(host);
    if (quick.size + quick.pending + slow.size + slow.pending === 0) owners.delete(host.teamId ?? '');
  };

  /** How long it took decides in which lane the host waits the next time. */
  const timed = async (hostId: string, work: () => Promise<void>) => {
    const beganMs = performance.now();
    running += 1;
    try {
      await work();
    } finally {
      running -= 1;
      if (performance.now() - beganMs < patienceMs) slowHosts.delete(hostId);
      else slowHosts.add(hostId);
    }
  };

  const inTurn = async (host: InLane, work: () => Promise<void>) => {
    const { quick, slow } = lanesOf(host);
    if (slowHosts.has(host.id)) return slow.add(() => timed(host.id, work));
    let run = Promise.resolve();
    await quick.add(() =>
      slots.add(async () => {
        run = timed(host.id, work);
        const ended = new AbortController();
        const patience = delay(patienceMs, undefined, { signal: ended.signal }).catch(() => undefined);
        await Promise.race([run, patience]).finally(() => ended.abort());
      }),
    );
    return run;
  };

  return {
    start(host, work) {
      if (underWay.has(host.id)) return;
      underWay.set(
        host.id,
        inTurn(host, work).finally(() => {
          underWay.delete(host.id);
          forgetIdle(host);
        }),
      );
    },
    get waiting() {
      return underWay.size - running;
    },
    get running() {
      return running;
    },
    get owners() {
      return owners.size;
    },
    async onIdle() {
      await Promise.all(underWay.values());
    },
  };
}
