import type { DescMethod } from '@bufbuild/protobuf';
import { actionOf, type Action, type Caller } from '../access/index.ts';
import type { Services } from '../context.ts';
import type { Loop } from '../loops/index.ts';
import { drainMs, freshCount, isEmpty, knownFrom, waitMs, type Count, type Limit, type Told } from './call-count.ts';
import { tooMany } from './refusal.ts';
import { addUses, pour } from './store.ts';

/** Lets a call through, or throws. Answers a promise only where the database has to be asked first: about one call in thirty of a busy caller. */
export type AdmitCall = (caller: Caller, method: DescMethod) => Promise<void> | undefined;

/** Lets a request to a port of a sandbox through, or throws: of one sandbox, whoever asks. */
export type AdmitTraffic = (sandboxId: string) => Promise<void> | undefined;

/** How often one caller may call, on all replicas together. */
export interface CallLimits {
  readonly admit: AdmitCall;
  readonly admitTraffic: AdmitTraffic;
  /** Tells the database what was counted here, and hears what the others counted. */
  readonly loop: Loop;
}

/** A replica lets at most this share of a limit through between two looks at the database: what many replicas may exceed it by. */
const creditShare = 20;
const settleEveryMs = 1_000;

/**
 * Counts calls here and settles with the database once a second, for all callers in one statement, and sooner for who
 * is busy. Only a caller's own calls count, so nobody can use it against somebody else. Hosts are exempt: they are
 * told when to come, and their work must not stop. So is who presents nothing: what is open to them has limits of its own.
 */
export function openCallLimits(
  { config, pool, log }: Pick<Services, 'config' | 'pool' | 'log'>,
  now: () => number = () => performance.now(),
): CallLimits {
  const control: Limit = { what: 'calls', most: config.callsPerMinute, windowMs: 60_000, drains: false };
  const run: Limit = { what: 'commands', most: config.runsPerSecond * 10, windowMs: 10_000, drains: true };
  const traffic: Limit = {
    what: 'requests to ports of this sandbox',
    most: config.endpointRequestsPerSecond * 10,
    windowMs: 10_000,
    drains: true,
  };
  const counts = new Map<string, Count>();
  let settling: Promise<number> | undefined;

  const settle = (): Promise<number> => (settling ??= settleOnce().finally(() => (settling = undefined)));
  const settleOnce = async (): Promise<number> => {
    const taken = new Map<Count, number>();
    const busy = [...counts].flatMap(([key, count]) => {
      if (isEmpty(count, now())) counts.delete(key);
      if (count.unsettled === 0) return [];
      taken.set(count, count.unsettled);
      return [{ key, uses: count.unsettled, limit: count.limit }];
    });
    for (const { key, ...told } of await addTo(pool, busy)) {
      const count = counts.get(key);
      if (!count) continue;
      count.known = knownFrom(count.limit, told, now());
      count.unsettled -= taken.get(count) ?? 0;
    }
    return busy.length;
  };

  const requireRoom = (count: Count) => {
    const wait = waitMs(count, now());
    if (wait > 0) throw tooMany(count.limit.what, wait);
  };

  const countOf = (key: string, limit: Limit): Count => {
    const known = counts.get(key);
    if (known) return known;
    const fresh = freshCount(limit, now());
    counts.set(key, fresh);
    return fresh;
  };

  const admitAfterSettling = async (key: string, limit: Limit): Promise<void> => {
    for (;;) {
      const count = countOf(key, limit);
      requireRoom(count);
      if (count.unsettled < creditOf(limit)) {
        count.unsettled += 1;
        return;
      }
      await settle();
    }
  };

  const admitKey = (key: string, limit: Limit): Promise<void> | undefined => {
    const count = countOf(key, limit);
    requireRoom(count);
    const credit = creditOf(limit);
    if (count.unsettled >= credit) return admitAfterSettling(key, limit);
    count.unsettled += 1;
    // Before the credit is used up, so that nobody has to wait.
    if (count.unsettled * 2 >= credit) {
      settle().catch((error: unknown) =>
        log.debug({ err: error }, 'calls could not be counted; they are counted later'),
      );
    }
    return undefined;
  };

  return {
    admit(caller, method) {
      if (!isCounted(caller)) return undefined;
      const limit = insideSandboxes.has(actionOf(method)) ? run : control;
      return admitKey(`call:${limit.what}:${'keyId' in caller ? caller.keyId : caller.userId}`, limit);
    },
    admitTraffic: (sandboxId) => admitKey(`traffic:${sandboxId}`, traffic),
    loop: {
      name: 'limits.settle',
      everyMs: settleEveryMs,
      singleton: false,
      run: async () => ({ callers: await settle() }),
    },
  };
}

/** What starts a process in a sandbox and costs the control plane little. */
const insideSandboxes: ReadonlySet<Action | undefined> = new Set<Action>([
  'sandbox.run',
  'directory.read',
  'file.read',
  'file.write',
]);

/** Adds to what the database knows: one statement for windows and one for what drains, where there are any. */
async function addTo(
  pool: Services['pool'],
  busy: readonly { key: string; uses: number; limit: Limit }[],
): Promise<({ readonly key: string } & Told)[]> {
  const windows = busy.filter(({ limit }) => !limit.drains);
  const drips = busy.filter(({ limit }) => limit.drains);
  // They have been let through: what came to more than the limit on many replicas counts, too.
  const uses = windows.map(({ key, uses: count, limit }) => ({
    key,
    uses: count,
    most: all,
    windowMs: limit.windowMs,
  }));
  const poured = drips.map(({ key, uses: count, limit }) => ({ key, drainMs: count * drainMs(limit) }));
  return [
    ...(uses.length > 0 ? await addUses(pool, uses) : []),
    ...(poured.length > 0 ? await pour(pool, poured) : []),
  ];
}

/** As many as a count holds. */
const all = 2 ** 31 - 1;

const creditOf = ({ most }: Limit): number => Math.max(1, Math.ceil(most / creditShare));

type CountedCaller = Exclude<Caller, { kind: 'host' | 'anonymous' | 'system' }>;

function isCounted(caller: Caller): caller is CountedCaller {
  return caller.kind !== 'host' && caller.kind !== 'anonymous' && caller.kind !== 'system';
}
